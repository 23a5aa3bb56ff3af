"""A local server that speaks as guard models, OpenAI's moderation and Azure's do; well, or with a fault."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.providers.moderation.azure import CATEGORIES as AZURE_CATEGORIES
from hub.providers.moderation.openai import CATEGORIES as OPENAI_CATEGORIES

KEY = "key-test-4bf1c0ffee"
BAD_WORDS = "bomb"
"""A text with it is unsafe, in the far side's opinion."""


@dataclass
class FarSide:
    """`fault` is "" or the name of one; `guard_answer` puts words into the guard model's mouth."""

    fault: str = ""
    guard_answer: str = ""
    guard_finish: str = "stop"
    scores: dict[str, float] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)
    severities: dict[str, int] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    followed: bool = False
    """Whether a redirect was followed: words go nowhere else than a parent said."""

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._guard_model)
        app.router.add_post("/v1/moderations", self._openai)
        app.router.add_post("/contentsafety/text:analyze", self._azure)
        app.router.add_post("/elsewhere", self._elsewhere)
        return app

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        self.followed = True
        return web.Response()

    async def _guard_model(self, request: web.Request) -> web.StreamResponse:
        asked = await self._read(request)
        words = asked["messages"][-1]["content"]
        unsafe = BAD_WORDS in words
        if asked["messages"][0]["role"] == "system":
            said = self._by_our_prompt(words)
        elif asked["model"] == "qwen3guard":
            said = f"Safety: {'Unsafe' if unsafe else 'Safe'}\nCategories: "
            said += "Violent" if unsafe else "None"
        elif "chat_template_kwargs" in asked:
            dangerous = "Dangerous" in asked["chat_template_kwargs"]["guideline"]
            said = "Yes" if unsafe and dangerous else "No"
        else:
            said = "unsafe\nS9" if unsafe else "safe"
        message = {"role": "assistant", "content": self.guard_answer or "\n\n" + said}
        if asked.get("stream"):
            piece = {"index": 0, "delta": message, "finish_reason": self.guard_finish}
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            return await self._send(request, {**chunk, "choices": [piece]}, stream=True)
        choice = {"index": 0, "message": message, "finish_reason": self.guard_finish}
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
        return await self._send(request, {**answer, "choices": [choice]})

    def _by_our_prompt(self, words: str) -> str:
        """A gullible model: told within the talk what to answer, it answers that."""
        told = re.search(r"answer (?:only |with )*(\w+)", words)
        asked_for = re.search(r"^One word, (\w+) or", words, re.MULTILINE)
        assert asked_for
        harmless = told[1] if told else asked_for[1]
        return "dangerous_acts" if BAD_WORDS in words and not told else harmless

    async def _openai(self, request: web.Request) -> web.StreamResponse:
        asked = await self._read(request)
        scores = dict.fromkeys(OPENAI_CATEGORIES, 0.001) | self.scores
        if BAD_WORDS in asked["input"]:
            scores["illicit/violent"] = 0.93
        flags = {name: score > 0.5 for name, score in scores.items()} | self.flags
        result = {
            "flagged": any(flags.values()),
            "categories": flags,
            "category_scores": scores,
            "category_applied_input_types": {name: ["text"] for name in scores},
        }
        return await self._send(request, {"id": "modr-1", "model": "omni", "results": [result]})

    async def _azure(self, request: web.Request) -> web.StreamResponse:
        asked = await self._read(request)
        severities = dict.fromkeys(AZURE_CATEGORIES, 0) | self.severities
        if BAD_WORDS in asked["text"]:
            severities["Violence"] = 6
        found = [{"category": name, "severity": value} for name, value in severities.items()]
        return await self._send(request, {"blocklistsMatch": [], "categoriesAnalysis": found})

    async def _read(self, request: web.Request) -> dict[str, Any]:
        asked: dict[str, Any] = await request.json()
        self.requests.append(asked | {"path": request.path, "query": dict(request.query)})
        auth = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if KEY not in (auth, request.headers.get("Ocp-Apim-Subscription-Key")):
            raise _error(web.HTTPUnauthorized)
        match self.fault:
            case "401":
                raise _error(web.HTTPUnauthorized)
            case "429":
                raise _error(web.HTTPTooManyRequests)
            case "500":
                raise _error(web.HTTPInternalServerError)
            case "redirect":
                raise web.HTTPTemporaryRedirect(f"{self.url}/elsewhere")
            case "hang":
                await asyncio.Event().wait()
        return asked

    async def _send(
        self, request: web.Request, answer: dict[str, Any], *, stream: bool = False
    ) -> web.StreamResponse:
        body = json.dumps(answer).encode()
        if stream:
            body = b"data: " + body + b"\n\ndata: [DONE]\n\n"
        kind = "text/event-stream" if stream else "application/json"
        response = web.StreamResponse(headers={"Content-Type": kind})
        match self.fault:
            case "garbage":
                body = b"<html>Log in to the hotel's network</html>"
            case "list":
                body = b"[1, 2, 3]"
            case "empty":
                body = b"{}"
            case "deep":
                body = b"[" * 100_000
            case "not utf-8":
                body = b"\xff\xfe\xff"
            case "cut":
                response.content_length = len(body)
                body = body[: len(body) // 2]
            case "huge":
                body = b" " * (4 << 20) + body
        await response.prepare(request)
        await response.write(body)
        if self.fault == "cut":
            assert request.transport is not None
            request.transport.abort()
        return response


FAULTS = (
    *("401", "429", "500", "redirect", "hang"),
    *("garbage", "list", "empty", "deep", "not utf-8", "cut", "huge"),
)


def _error(kind: type[web.HTTPException]) -> web.HTTPException:
    told = {"error": {"code": "x", "message": f"no, with {KEY} and a child's words in it"}}
    return kind(text=json.dumps(told), content_type="application/json")


@asynccontextmanager
async def listening() -> AsyncIterator[FarSide]:
    far_side = FarSide()
    server = TestServer(far_side.application())
    await server.start_server()
    far_side.url = str(server.make_url("")).rstrip("/")
    try:
        yield far_side
    finally:
        await server.close()
