"""The far side of Rime."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.providers.voice_servers import VoiceServer, as_mp3, in_two


@dataclass
class RimeServer(VoiceServer):
    """Also its list of speakers."""

    path = "/v1/rime-tts"
    rate_hz = 22_050
    voice = "cove"
    mp3: bool = False
    speakers: Any = field(
        default_factory=lambda: {
            "mist": {"eng": ["cove", "bay_area"], "spa": ["diego"], "tlh": ["worf"]},
            "coda": {"eng": ["astra"]},
        }
    )

    def app(self) -> web.Application:
        app = super().app()
        app.router.add_get("/data/voices/all-v2.json", self._list)
        return app

    async def _list(self, request: web.Request) -> web.Response:
        if isinstance(self.mode, int):
            return self.refuse(self.mode)
        return web.json_response(self.speakers)

    @property
    def content_type(self) -> str:  # type: ignore[override]  # of the answer that was asked for
        return "audio/mp3" if self.mp3 else "audio/pcm"

    async def speak(self, request: web.Request) -> web.StreamResponse:
        self.mp3 = request.headers["Accept"] == "audio/mp3"
        return await super().speak(request)

    def voice_of(self, asked: dict[str, Any]) -> object:
        return asked["speaker"]

    def sound(self, asked: dict[str, Any]) -> Iterator[bytes]:
        assert asked["samplingRate"] == self.rate_hz
        assert len(asked["text"]) <= 500
        if not self.mp3:
            yield from super().sound(asked)
            return
        yield from in_two(as_mp3(b"".join(self.pcm()), self.rate_hz))
