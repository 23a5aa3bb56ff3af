"""The far side of MiniMax."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from aiohttp import web

from tests.providers.voice_servers import KEY, VoiceServer


@dataclass
class MinimaxServer(VoiceServer):
    """Also the voices of an account, and copying one."""

    path = "/v1/t2a_v2"
    rate_hz = 16_000
    voice = "Wise_Woman"
    content_type = "text/event-stream"
    unknown_voice = 2054
    codes: ClassVar[dict[int, int]] = {401: 1004, 402: 1008, 429: 1002, 500: 1000, 400: 2013}
    aggregates: bool = False
    """Sends the whole sound once more at the end, though it was asked not to."""
    files: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Name, purpose and content of what was uploaded."""
    copies: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    answer: object = None
    """Given in place of the account's own answers."""

    def app(self) -> web.Application:
        app = super().app()
        for path in ("get_voice", "files/upload", "voice_clone", "delete_voice"):
            app.router.add_post(f"/v1/{path}", self._account)
        return app

    async def _account(self, request: web.Request) -> web.StreamResponse:
        self.groups.append(request.query["GroupId"])
        if not self.knows(request) or isinstance(self.mode, int):
            return self.refuse(self.mode if isinstance(self.mode, int) else 401)
        if self.answer is not None:
            return web.json_response(self.answer)
        found: dict[str, Any] = {"base_resp": {"status_code": 0, "status_msg": "success"}}
        match request.path.rpartition("/")[2]:
            case "get_voice":
                assert await request.json() == {"voice_type": "all"}
                found |= self._voices()
            case "upload":
                found["file"] = {"file_id": await self._upload(request), "bytes": 1}
            case "voice_clone":
                asked = await request.json()
                assert asked["file_id"] == len(self.files)
                self.copies.append(asked["voice_id"])
            case "delete_voice":
                asked = await request.json()
                if asked["voice_id"] not in self.copies:
                    return self.refuse(self.unknown_voice)
                self.copies.remove(asked["voice_id"])
        return web.json_response(found)

    async def _upload(self, request: web.Request) -> int:
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        self.files.append((file.filename, str(form["purpose"]), file.file.read()))
        return len(self.files)

    def _voices(self) -> dict[str, Any]:
        ours = ["English_Graceful_Lady", "Chinese (Mandarin)_News_Anchor", self.voice]
        return {
            "system_voice": [{"voice_id": each, "voice_name": each[-4:]} for each in ours],
            "voice_cloning": [{"voice_id": each, "description": []} for each in self.copies],
            "voice_generation": None,
        }

    def voice_of(self, asked: dict[str, Any]) -> object:
        assert asked["audio_setting"] == {"format": "pcm", "sample_rate": 16_000, "channel": 1}
        return asked["voice_setting"]["voice_id"]

    def sound(self, asked: dict[str, Any]) -> Iterator[bytes]:
        for pcm in super().sound(asked) if self.mode != "odd" else super().pcm():
            yield _event({"data": {"audio": pcm.hex(), "status": 1, "ced": ""}})

    def end(self, mode: str) -> bytes:
        whole = b"".join(self.pcm()).hex() if self.aggregates else ""
        return _event(
            {
                "data": {"audio": whole, "status": 2, "ced": ""},
                "extra_info": {"audio_length": 900, "audio_sample_rate": 16_000},
            }
        )

    def refuse(self, status: int) -> web.Response:
        """With HTTP 200, and its own codes."""
        if status == 503:
            return web.Response(status=503, headers={"Retry-After": self.retry_after})
        code = self.codes.get(status, status)
        return web.json_response(
            {"trace_id": "t", "base_resp": {"status_code": code, "status_msg": f"no, {KEY}"}}
        )


def _event(fields: dict[str, Any]) -> bytes:
    fields |= {"trace_id": "t", "base_resp": {"status_code": 0, "status_msg": ""}}
    return b"data: " + json.dumps(fields).encode() + b"\n\n"
