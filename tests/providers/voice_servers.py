"""The far sides of voices in the cloud, each as its API answers, and how they can misbehave."""

import asyncio
import io
import json
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


def in_two(whole: bytes) -> Iterator[bytes]:
    half = len(whole) // 2
    yield whole[:half]
    yield whole[half:]


def _event(fields: dict[str, Any]) -> bytes:
    fields |= {"trace_id": "t", "base_resp": {"status_code": 0, "status_msg": ""}}
    return b"data: " + json.dumps(fields).encode() + b"\n\n"
