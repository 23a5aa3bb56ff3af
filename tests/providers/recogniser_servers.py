"""The far sides of recognisers on the network, each as its protocol says, and how they can misbehave.

They hear the words in `says` wherever there is any sound, and nothing in silence.
"""

import asyncio
import io
import json
import math
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from aiohttp import WSMsgType, web

KEY = "sk_test_key_4bf1c0ffee"
MOON = "how far away is the moon"


@dataclass
class TranscriptionServer:
    """OpenAI's /v1/audio/transcriptions. `mode`: ok, made_up, plain, an HTTP status, silent, drip, cut,
    late (when all was told), garbage, endless, surest (a probability that is no number); it is that for the
    first `failures` requests.
    """

    says: str = MOON
    mode: str | int = "ok"
    failures: int = 1_000
    retry_after: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application(client_max_size=1 << 23)
        app.router.add_post("/v1/audio/transcriptions", self.transcribe)
        return app

    async def transcribe(self, request: web.Request) -> web.StreamResponse:
        form = dict(await request.post())
        self.requests.append(form)
        mode = self.mode if len(self.requests) <= self.failures else "ok"
        if request.headers["Authorization"] != f"Bearer {KEY}":
            return self._refuse(401)
        if isinstance(mode, int):
            return self._refuse(mode)
        file = form["file"]
        assert isinstance(file, web.FileField)
        with wave.open(io.BytesIO(file.file.read())) as wav:
            assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (16_000, 1, 2)
            assert any(wav.readframes(wav.getnframes()))
        if mode == "silent":
            await asyncio.sleep(3600)
        return await self._answer(str(mode), request, form)

    async def _answer(
        self, mode: str, request: web.Request, form: dict[str, Any]
    ) -> web.StreamResponse:
        body: dict[str, Any] = {"text": self.says}
        if form["response_format"] == "verbose_json":
            silent = 0.9 if mode == "made_up" else 0.01
            sure = {"made_up": -1.5, "surest": math.nan}.get(str(mode), -0.2)
            body |= {"task": "transcribe", "language": "english", "duration": 2.0}
            body["segments"] = [_segment(self.says, sure, silent)] if mode != "plain" else None
        elif "logprobs" in (form.get("include[]"), form.get("include")):
            body["logprobs"] = [{"token": "how", "logprob": -0.1, "bytes": [1]}]
        text = json.dumps(body).encode()
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        if mode == "garbage":
            await answer.write(b"[[1, 2")
        elif mode == "endless":
            while True:
                await answer.write(b" " * 65_536)
        elif mode == "drip":
            for byte in text * 1000:
                await answer.write(bytes([byte]))
                await asyncio.sleep(0.01)
        elif mode == "cut":
            await answer.write(text[:20])
            assert request.transport is not None
            request.transport.abort()
        else:
            await answer.write(text)
            if mode == "late":
                assert request.transport is not None
                request.transport.abort()
        return answer

    def _refuse(self, status: int) -> web.Response:
        headers = {"Retry-After": self.retry_after} if self.retry_after else {}
        body = {"error": {"message": f"no, {KEY}", "code": "x"}}
        return web.json_response(body, status=status, headers=headers)


def _segment(text: str, avg_logprob: float, no_speech_prob: float) -> dict[str, Any]:
    return {
        "id": 0,
        "seek": 0,
        "start": 0.0,
        "end": 2.0,
        "text": f" {text}",
        "tokens": [1, 2],
        "temperature": 0.0,
        "avg_logprob": avg_logprob,
        "compression_ratio": 1.1,
        "no_speech_prob": no_speech_prob,
    }


@dataclass
class DeepgramServer:
    """Deepgram's /v1/listen. `mode`: ok, an HTTP status, silent (no handshake), mute (no results), cut,
    late (when all was told), garbage, odd (JSON of other shapes), binary, flood, error, elsewhere.
    """

    says: str = MOON
    mode: str | int = "ok"
    failures: int = 1_000
    retry_after: str = ""
    requests: list[dict[str, str]] = field(default_factory=list)
    heard_bytes: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/listen", self.listen)
        app.router.add_get("/elsewhere", self.listen)
        return app

    async def listen(self, request: web.Request) -> web.StreamResponse:
        self.requests.append({"path": request.path, **request.query})
        mode = self.mode if len(self.requests) <= self.failures else "ok"
        if request.headers.get("Authorization") != f"Token {KEY}":
            return web.json_response({"err_code": "INVALID_AUTH", "err_msg": KEY}, status=401)
        if isinstance(mode, int):
            headers = {"Retry-After": self.retry_after} if self.retry_after else {}
            return web.json_response({"err_msg": "no"}, status=mode, headers=headers)
        if mode == "elsewhere":
            raise web.HTTPTemporaryRedirect("/elsewhere")
        if mode == "silent":
            await asyncio.sleep(3600)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        try:
            await self._talk(socket, request, mode)
        finally:
            self.gone.set()
        return socket

    async def _talk(self, socket: web.WebSocketResponse, request: web.Request, mode: str) -> None:
        words, sent = self.says.split(), 0
        loud = False
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                assert message.data, "an empty message ends the stream"
                self.heard_bytes += len(message.data)
                if not any(message.data) or mode == "mute":
                    continue
                if not loud:
                    loud = True
                    await socket.send_json(
                        {"type": "SpeechStarted", "channel": [0], "timestamp": 0.1}
                    )
                if mode not in ("ok", "late"):
                    await self._misbehave(socket, request, mode)
                    mode = "mute"
                elif sent < len(words) // 2:
                    sent += 1
                    await socket.send_json(_results(" ".join(words[:sent])))
            elif json.loads(message.data) == {"type": "CloseStream"} and mode != "mute":
                middle = len(words) // 2
                if loud:
                    first, second = " ".join(words[:middle]), " ".join(words[middle:])
                    await socket.send_json(_results(first, final=True))
                    await socket.send_json(_results(second, final=True, speech_final=True))
                    await socket.send_json(
                        {"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": 2.3}
                    )
                else:
                    await socket.send_json(_results("", final=True))
                if mode == "late":
                    assert request.transport is not None
                    request.transport.abort()
                    return
                await socket.send_json(
                    {"type": "Metadata", "request_id": "r", "duration": 2.0, "channels": 1}
                )
                await socket.close()

    async def _misbehave(
        self, socket: web.WebSocketResponse, request: web.Request, mode: str
    ) -> None:
        await socket.send_json(_results("how far", final=True))
        if mode == "cut":
            assert request.transport is not None
            request.transport.abort()
        if mode == "closed":
            await socket.close(code=1011, message=b"NET-0001")
        if mode == "garbage":
            await socket.send_str("{{{ how far")
        if mode == "odd":
            await socket.send_json({"type": "Results", "channel": {"alternatives": "none"}})
        if mode == "binary":
            await socket.send_bytes(b"\x00\x01")
        if mode == "error":
            await socket.send_json({"type": "Error", "description": KEY})
        if mode == "flood":
            await socket.send_str(json.dumps({"type": "Results", "x": "x" * (1 << 19)}))
        if mode == "endless":
            while not socket.closed:
                await socket.send_json(_results("and then " * 100, final=True))


def _results(text: str, *, final: bool = False, speech_final: bool = False) -> dict[str, Any]:
    alternative = {"transcript": text, "confidence": 0.9 if text else 0.0, "words": []}
    return {
        "type": "Results",
        "channel_index": [0, 1],
        "duration": 1.0,
        "start": 0.0,
        "is_final": final,
        "speech_final": speech_final,
        "channel": {"alternatives": [alternative]},
        "metadata": {"request_id": "r"},
    }


@asynccontextmanager
async def raw_server(
    *answers: bytes, hold: bool = False, one_each: bool = False
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A peer that sends each of `answers` when something comes in, and then closes unless `hold`.

    With `one_each` a connection gets one of them, the next connection the next.
    Gives its port, and what came in.
    """
    received: list[bytes] = []
    left = iter(answers)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for answer in islice(left, 1) if one_each else answers:
                received.append(await reader.read(65_536))
                writer.write(answer)
                await writer.drain()
            while hold and await reader.read(65_536):
                pass
        except ConnectionError:
            return
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], received
    finally:
        server.close()
