"""The far side of ElevenLabs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.providers.voice_servers import KEY, VoiceServer, as_mp3, hum, in_two


@dataclass
class ElevenLabsServer(VoiceServer):
    """Also the voices of an account, their samples and cloning."""

    path = "/v1/text-to-speech/{voice}/stream"
    rate_hz = 22_050
    voice = "21m00Tcm4TlvDq8ikWAM"
    unknown_voice = 404
    clones: list[dict[str, Any]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    preview_url: str = ""
    pages: list[Any] = field(default_factory=list)

    def app(self) -> web.Application:
        app = super().app()
        app.router.add_get("/v2/voices", self._list)
        app.router.add_get("/v1/voices/{voice}", self._one)
        app.router.add_get("/samples/{name}", self._sample)
        app.router.add_post("/v1/voices/add", self._clone)
        app.router.add_delete("/v1/voices/{voice}", self._delete)
        return app

    def knows(self, request: web.Request) -> bool:
        return request.headers.get("xi-api-key") == KEY

    def sound(self, asked: dict[str, Any]) -> Iterator[bytes]:
        codec, rate_hz, *_ = asked["output_format"].split("_")
        if codec != "mp3":
            yield from super().sound(asked)
            return
        yield from in_two(as_mp3(hum(0.9, int(rate_hz)), int(rate_hz)))

    def refuse(self, status: int) -> web.Response:
        headers = {"Retry-After": self.retry_after} if self.retry_after else {}
        code = "quota_exceeded" if status == 402 else "no"
        detail = {"detail": {"status": code, "message": f"as asked {KEY}"}}
        return web.json_response(detail, status=401 if status == 402 else status, headers=headers)

    async def _list(self, request: web.Request) -> web.Response:
        if isinstance(self.mode, int):
            return self.refuse(self.mode)
        if not self.knows(request):
            return self.refuse(401)
        number = int(request.query.get("next_page_token", 0))
        if self.pages:
            return web.json_response(self.pages[number])
        more = number == 0
        return web.json_response(
            {
                "voices": [self._voice(f"voice{number}", f"Voice {number}")],
                "has_more": more,
                "total_count": 2,
                "next_page_token": "1" if more else None,
            }
        )

    def _voice(self, voice_id: str, name: str) -> dict[str, Any]:
        return {
            "voice_id": voice_id,
            "name": name,
            "labels": {"language": "en", "accent": "american"},
            "preview_url": self.preview_url or None,
        }

    async def _one(self, request: web.Request) -> web.Response:
        return web.json_response(self._voice(request.match_info["voice"], "Some"))

    async def _sample(self, request: web.Request) -> web.Response:
        assert "xi-api-key" not in request.headers
        if self.mode == "endless":
            return web.Response(body=bytes(7_000_000))
        return web.Response(body=as_mp3(hum(0.2, self.rate_hz), self.rate_hz))

    async def _delete(self, request: web.Request) -> web.Response:
        voice = request.match_info["voice"]
        if not self.knows(request) or voice in self.deleted:
            return self.refuse(404 if self.knows(request) else 401)
        self.deleted.append(voice)
        return web.json_response({"status": "ok"})

    async def _clone(self, request: web.Request) -> web.Response:
        if not self.knows(request):
            return self.refuse(401)
        form = await request.post()
        files = [value for key, value in form.items() if key == "files"]
        assert all(isinstance(file, web.FileField) for file in files)
        self.clones.append(
            {
                "name": form["name"],
                "fields": sorted(set(form)),
                "files": [
                    (f.filename, f.content_type, f.file.read())
                    for f in files
                    if isinstance(f, web.FileField)
                ],
            }
        )
        return web.json_response({"voice_id": "cloned1", "requires_verification": False})
