"""The far side of ElevenLabs' streaming text-to-speech, as its API answers; and how it can misbehave."""

import asyncio
import math
import struct
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KEY = "sk_test_key"
RATE_HZ = 22_050


def hum(seconds: float) -> bytes:
    return b"".join(
        struct.pack("<h", int(9000 * math.sin(i / 12))) for i in range(int(seconds * RATE_HZ))
    )


@dataclass
class ElevenLabsServer:
    """`mode` is how the next answers go: ok, hang, html, cut, odd, endless, empty, or an HTTP status."""

    mode: str | int = "ok"
    requests: list[dict[str, Any]] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client went away before the end."""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/text-to-speech/{voice}/stream", self.speak)
        return app

    async def speak(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(
            {"voice": request.match_info["voice"], **request.query, **await request.json()}
        )
        if request.headers.get("xi-api-key") != KEY:
            return _refuse(401, "invalid_api_key", "Invalid API key")
        if isinstance(self.mode, int):
            return _refuse(self.mode, "quota_exceeded" if self.mode == 402 else "no", "as asked")
        if self.mode == "html":
            return web.Response(
                text="<html>Sign in to this network</html>", content_type="text/html"
            )
        answer = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
        await answer.prepare(request)
        try:
            await self._sound(request, answer)
        except (ConnectionError, asyncio.CancelledError):
            self.closed.set()
            raise
        return answer

    async def _sound(self, request: web.Request, answer: web.StreamResponse) -> None:
        if self.mode == "empty":
            return
        await answer.write(hum(0.5))
        if self.mode == "hang":
            await asyncio.sleep(3600)
        if self.mode == "cut":
            assert request.transport is not None
            request.transport.abort()
            return
        if self.mode == "odd":
            await answer.write(b"\x01")
        while self.mode == "endless":
            await answer.write(hum(1))
        await answer.write(hum(0.5))


def _refuse(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"detail": {"status": code, "message": message}}, status=status)
