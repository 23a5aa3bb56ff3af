"""The far side of a voice in the cloud and how it can misbehave; each vendor's, as its API answers, builds upon it."""

import asyncio
import io
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import av
from aiohttp import web

KEY = "sk_test_key_4bf1c0ffee"


def hum(seconds: float, rate_hz: int) -> bytes:
    return b"".join(
        struct.pack("<h", int(9000 * math.sin(i / 12))) for i in range(int(seconds * rate_hz))
    )


def as_mp3(pcm: bytes, rate_hz: int) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as out:
        stream = out.add_stream("libmp3lame", rate=rate_hz, layout="mono")
        stream.bit_rate = 32_000
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
        frame.planes[0].update(pcm)
        frame.sample_rate = rate_hz
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def in_two(whole: bytes) -> Iterator[bytes]:
    half = len(whole) // 2
    yield whole[:half]
    yield whole[half:]


@dataclass
class VoiceServer:
    """`mode` is how the first `failures` requests are answered: ok, an HTTP status, html, empty, odd,
    garbage, cut, late (cut when all was said), unfinished, endless, drip, hang (in the middle),
    silent (before any answer), elsewhere.
    """

    mode: str | int = "ok"
    failures: int = 1_000
    retry_after: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client went away before the end."""

    path: ClassVar[str]
    rate_hz: ClassVar[int]
    voice: ClassVar[str]
    """The one that the server has."""
    content_type: ClassVar[str] = "audio/pcm"

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post(self.path, self.speak)
        app.router.add_route("*", "/elsewhere", self.speak)
        return app

    async def speak(self, request: web.Request) -> web.StreamResponse:
        asked = {"path": request.path, **request.match_info, **request.query}
        asked |= await request.json()
        self.requests.append(asked)
        mode = self.mode if len(self.requests) <= self.failures else "ok"
        if not self.knows(request):
            return self.refuse(401)
        if isinstance(mode, int):
            return self.refuse(mode)
        if self.voice_of(asked) != self.voice:
            return self.refuse(self.unknown_voice)
        if mode == "html":
            return web.Response(text="<html>Sign in</html>", content_type="text/html")
        if mode == "elsewhere":
            raise web.HTTPTemporaryRedirect("/elsewhere")
        answer = web.StreamResponse(headers={"Content-Type": self.content_type})
        try:
            if mode == "silent":
                await asyncio.sleep(3600)
            await answer.prepare(request)
            await self._sound(mode, request, answer, asked)
        except (ConnectionError, asyncio.CancelledError):
            self.closed.set()
            raise
        return answer

    async def _sound(
        self, mode: str, request: web.Request, answer: web.StreamResponse, asked: dict[str, Any]
    ) -> None:
        if mode == "garbage":
            await answer.write(b"\x00\x01garbage\n" * 4000)
            return
        if mode != "empty":
            first, *others = self.sound(asked)
            await answer.write(first)
            if mode == "hang":
                await asyncio.sleep(3600)
            if mode == "cut":
                assert request.transport is not None
                request.transport.abort()
                return
            while mode in ("endless", "drip"):
                await answer.write(first if mode == "endless" else first[:2])
                await asyncio.sleep(0 if mode == "endless" else 0.01)
            for piece in others:
                await asyncio.sleep(0.02)  # so that it arrives as a piece of its own
                await answer.write(piece)
        if mode == "late":
            assert request.transport is not None
            request.transport.abort()
        elif mode != "unfinished":
            await answer.write(self.end(mode))

    def pcm(self) -> list[bytes]:
        """What it says: two pieces."""
        return [hum(0.5, self.rate_hz), hum(0.4, self.rate_hz)]

    # What a vendor does its own way:

    unknown_voice: ClassVar[int] = 400

    def knows(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {KEY}"

    def voice_of(self, asked: dict[str, Any]) -> object:
        return asked["voice"]

    def sound(self, asked: dict[str, Any]) -> Iterator[bytes]:
        first, second = self.pcm()
        yield first
        if self.mode == "odd":
            yield second[:1001]
            second = second[1001:]
        yield second

    def end(self, mode: str) -> bytes:
        return b""

    def refuse(self, status: int) -> web.Response:
        headers = {"Retry-After": self.retry_after} if self.retry_after else {}
        return web.json_response(
            {"error": {"message": f"no, {KEY}", "code": "x"}}, status=status, headers=headers
        )


@dataclass
class OpenAiVoices(VoiceServer):
    path = "/v1/audio/speech"
    rate_hz = 24_000
    voice = "coral"
