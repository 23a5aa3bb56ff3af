"""A local server that speaks OpenAI's wire format, well or with one of a list of faults."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KEY = "sk-test-4bf1c0ffee"
GOOD_MODEL = "tiny-model"

Send = Callable[[bytes], Awaitable[None]]
Script = Callable[[Send], Awaitable[None]]


def piece(delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
    chunk = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": GOOD_MODEL,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    }
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


USAGE = (
    b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"tiny-model",'
    b'"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":5,"total_tokens":16}}\n\n'
)
DONE = b"data: [DONE]\n\n"


@dataclass
class Server:
    """`script` writes the body of each chat answer; `status` other than 200 is an error answer."""

    script: Script | None = None
    status: int = 200
    tools_status: int = 200
    """Of a request with tools."""
    location: str = ""
    content_encoding: str = ""
    models: list[str] = field(default_factory=lambda: [GOOD_MODEL])
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    """Of each request for an answer."""
    open_answers: int = 0
    sent_bytes: int = 0

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._list)
        app.router.add_get("/api/tags", self._tags)
        return app

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"object": "list", "data": [{"id": m, "object": "model"} for m in self.models]}
        )

    async def _tags(self, request: web.Request) -> web.Response:
        return web.json_response({"models": [{"name": m, "size": 1} for m in self.models]})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        self.requests.append(asked)
        self.headers.append(request.headers)
        if self.location:
            raise web.HTTPTemporaryRedirect(self.location)
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return _error(401, f"Incorrect API key: {request.headers.get('Authorization')}")
        if asked["model"] != GOOD_MODEL:
            return _error(404, f"The model {asked['model']} does not exist")
        if self.status != 200:
            return _error(self.status, f"something with {KEY} in it")
        if self.tools_status != 200 and "tools" in asked:
            return _error(self.tools_status, "this model does not support tools")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        if self.content_encoding:
            response.headers["Content-Encoding"] = self.content_encoding
        await response.prepare(request)

        async def send(data: bytes) -> None:
            await response.write(data)
            self.sent_bytes += len(data)

        self.open_answers += 1
        try:
            await (self.script or good_answer)(send)
        except LostLineError:
            assert request.transport is not None
            request.transport.abort()
        finally:
            self.open_answers -= 1
        return response


class LostLineError(Exception):
    """The script's way to lose the line."""


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message, "code": "x"}}, status=status)


async def good_answer(send: Send) -> None:
    await send(piece({"role": "assistant", "content": ""}))
    for word in ("Once", " upon", " a", " time."):
        await send(piece({"content": word}))
    await send(piece({}, "stop"))
    await send(USAGE)
    await send(DONE)


def calling(*calls: tuple[str, str], words: str = "", size: int = 4) -> Script:
    """Says `words`, then calls each (name, arguments), which come in pieces of `size` characters."""

    def call(index: int, **function: str) -> bytes:
        return piece({"tool_calls": [{"index": index, "type": "function", "function": function}]})

    async def script(send: Send) -> None:
        await send(piece({"role": "assistant", "content": words or None}))
        for index, (name, arguments) in enumerate(calls):
            await send(call(index, name=name, arguments=""))
            for start in range(0, len(arguments), size):
                await send(call(index, arguments=arguments[start : start + size]))
        await send(piece({"content": " More words."}))
        await send(piece({}, "tool_calls"))
        await send(USAGE)
        await send(DONE)

    return script


def counting(tokens_in: str, times: int = 1) -> Script:
    """Says that it read `tokens_in`, in JSON, and wrote 7."""

    async def script(send: Send) -> None:
        await send(piece({"content": "Once"}))
        await send(piece({}, "stop"))
        for _ in range(times):
            counts = f'{{"prompt_tokens":{tokens_in},"completion_tokens":7}}'
            await send(f'data: {{"choices":[],"usage":{counts}}}\n\n'.encode())
        await send(DONE)

    return script


async def hang(send: Send) -> None:
    await asyncio.Event().wait()


async def hang_in_the_middle(send: Send) -> None:
    await send(piece({"content": "Once"}))
    await asyncio.Event().wait()


async def cut_in_the_middle(send: Send) -> None:
    await send(piece({"content": "Once"}))
    raise LostLineError


async def end_without_a_finish(send: Send) -> None:
    await send(piece({"content": "Once"}))


async def broken_json(send: Send) -> None:
    await send(b'data: {"choices": [{"delta": \n\n')


async def a_list(send: Send) -> None:
    await send(b"data: [1, 2, 3]\n\n")


async def wrong_types(send: Send) -> None:
    await send(b'data: {"choices": [{"delta": {"content": {"text": 7}}}]}\n\n')


async def choices_is_text(send: Send) -> None:
    await send(b'data: {"choices": "none"}\n\n')


async def not_utf8(send: Send) -> None:
    await send(b"data: \xff\xfe\xff\n\n")


async def deep_json(send: Send) -> None:
    await send(b"data: " + b"[" * 100_000 + b"\n\n")


async def an_error_inside(send: Send) -> None:
    await send(b'data: {"error": {"message": "out of memory sk-test-4bf1c0ffee"}}\n\n')


async def a_page(send: Send) -> None:
    await send(b"<html><body>Log in to the hotel's network</body></html>")


async def a_line_without_end(send: Send) -> None:
    for _ in range(2 << 10):
        await send(b"x" * (1 << 20))


async def a_packed_flood(send: Send) -> None:
    await send(gzip.compress(bytes(64 << 20)))


async def words_without_end(send: Send) -> None:
    while True:
        await send(piece({"content": "and then "}))


async def thoughts_between(send: Send) -> None:
    await send(piece({"reasoning_content": "The child asks for a story."}))
    await send(piece({"reasoning": "I should be kind."}))
    for part in ("<thi", "nk>secret", " plan</th", "ink>Once", " 1 <", " 2."):
        await send(piece({"content": part}))
    await send(piece({}, "stop"))


async def only_thoughts(send: Send) -> None:
    await send(piece({"content": "<think>hm"}))
    await send(piece({}, "length"))
