"""A hub as the API's contract describes it, on a real socket with real TLS; what it is asked is kept."""

import asyncio
import hashlib
import json
import ssl
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HUB_ID = "0123456789abcdef0123456789abcdef"
TOKEN = "pommai_" + "a" * 43
SCOPES = ["state", "alerts", "control", "speak"]

TEDDY = {
    "id": "teddy",
    "name": "Teddy",
    "language": "en",
    "safety_level": "strict",
    "paused": False,
    "state": "online",
    "state_detail": "",
    "last_active": "2026-03-01T17:30:00Z",
    "minutes_today": 12.25,
    "device": {
        "id": "d1",
        "name": "pommai-d1",
        "hardware": "Raspberry Pi Zero 2 W",
        "firmware": "0.1.0",
        "encrypted": True,
        "volume": 40,
        "volume_cap": 60,
        "muted": False,
    },
}
DINO = TEDDY | {
    "id": "dino",
    "name": "Dino",
    "language": "de",
    "safety_level": "moderate",
    "state": "none",
    "last_active": None,
    "minutes_today": 0,
    "device": None,
}
HOUSEHOLD = {
    "stopped": False,
    "stopped_at": None,
    "stop_reason": "",
    "quiet": False,
    "status": "ok",
    "guard": {"ok": True, "impaired": []},
    "problems": [],
}


def alert(revision: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": f"a{revision}",
        "revision": revision,
        "level": "urgent",
        "category": "self_harm",
        "title": "Teddy heard something grave",
        "at": "2026-03-01T17:31:00Z",
        "toy_id": "teddy",
        "acknowledged_at": None,
        "count": 1,
    } | changed


@dataclass(frozen=True)
class Certificate:
    pem: Path
    key: Path
    fingerprint: str

    @classmethod
    def made(cls, folder: Path) -> "Certificate":
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pommai")])
        now = datetime.now(UTC)
        signed = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        pem, key_file = folder / "cert.pem", folder / "key.pem"
        pem.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        der = signed.public_bytes(serialization.Encoding.DER)
        return cls(pem, key_file, hashlib.sha256(der).hexdigest())


@dataclass
class StubHub:
    """What may be set before or between: `refuse[path]` is an error to answer with."""

    certificate: Certificate | None
    token: str = TOKEN
    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    api: int = 1
    id: str = HUB_ID
    household: dict[str, Any] = field(default_factory=lambda: deepcopy(HOUSEHOLD))
    toys: list[dict[str, Any]] = field(default_factory=lambda: deepcopy([TEDDY, DINO]))
    alerts: list[dict[str, Any]] = field(default_factory=list)
    refuse: dict[str, tuple[int, str]] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    html_for: str = ""
    """A path that is answered as any web server answers what it has not."""
    port: int = 0

    def __post_init__(self) -> None:
        self._streams: dict[web.StreamResponse, asyncio.Event] = {}
        self._open = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(middlewares=[self._gate])
        app.router.add_get("/api/v1/hub", self._hub)
        app.router.add_get("/api/v1/household", self._household)
        app.router.add_post("/api/v1/household/stop", self._stop)
        app.router.add_put("/api/v1/household/quiet", self._quiet)
        app.router.add_get("/api/v1/toys", self._toys)
        app.router.add_patch("/api/v1/toys/{id}", self._change)
        app.router.add_post("/api/v1/toys/{id}/say", self._say)
        app.router.add_post("/api/v1/toys/{id}/converse", self._converse)
        app.router.add_get("/api/v1/alerts", self._alerts)
        app.router.add_get("/api/v1/events", self._events)
        # The port stays the same over a restart, as a hub's does.
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self._tls())
        await site.start()
        self.port = self._runner.addresses[0][1]

    def _tls(self) -> ssl.SSLContext | None:
        if self.certificate is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate.pem, self.certificate.key)
        return context

    async def stop(self) -> None:
        self.cut()
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    def cut(self) -> None:
        """End every open stream, as a restart does."""
        for over in self._streams.values():
            over.set()
        self._streams.clear()
        self._open.clear()

    async def followed(self) -> None:
        """Somebody reads the event stream."""
        async with asyncio.timeout(60):
            await self._open.wait()

    async def tell(self, kind: str, told: object, revision: int | None = None) -> None:
        newest = self.alerts[-1]["revision"] if self.alerts else 0
        number = newest if revision is None else revision
        line = f"id: {number}\r\nevent: {kind}\r\ndata: {json.dumps(told)}\r\n\r\n"
        for stream in list(self._streams):
            await stream.write(line.encode())

    async def tell_all(self, revision: int | None = None) -> None:
        await self.tell("household", self.household, revision)
        await self.tell("toys", {"toys": self.toys}, revision)

    async def raise_alert(self, told: dict[str, Any]) -> None:
        self.alerts.append(told)
        await self.tell("alert", told)

    @web.middleware
    async def _gate(self, request: web.Request, handler: Any) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        self.asked.append((request.method, request.path.removeprefix("/api/v1/"), body))
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _error(401, "unauthorized")
        if self.html_for == request.path.removeprefix("/api/v1/"):
            return web.Response(status=404, text="<h1>Not Found</h1>")
        if refusal := self.refuse.get(request.path.removeprefix("/api/v1/")):
            return _error(*refusal)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _hub(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "id": self.id,
                "name": "Pommai",
                "version": "0.1.0",
                "api": self.api,
                "scopes": self.scopes,
                "token_name": "Home Assistant",
            }
        )

    async def _household(self, request: web.Request) -> web.Response:
        return web.json_response(self.household)

    async def _stop(self, request: web.Request) -> web.Response:
        self.household["stopped"] = True
        return web.json_response(self.household)

    async def _quiet(self, request: web.Request) -> web.Response:
        self.household["quiet"] = (await request.json())["on"]
        return web.json_response(self.household)

    async def _toys(self, request: web.Request) -> web.Response:
        return web.json_response({"toys": self.toys})

    def _toy(self, request: web.Request) -> dict[str, Any]:
        return next(toy for toy in self.toys if toy["id"] == request.match_info["id"])

    async def _change(self, request: web.Request) -> web.Response:
        toy = self._toy(request)
        for name, value in (await request.json()).items():
            (toy if name == "paused" else toy["device"])[name] = value
        return web.json_response(toy)

    async def _say(self, request: web.Request) -> web.Response:
        return web.json_response(self._toy(request), status=202)

    async def _converse(self, request: web.Request) -> web.Response:
        text = (await request.json())["text"]
        return web.json_response(
            {
                "text": f"{self._toy(request)['name']} heard {text}",
                "allowed": True,
                "category": "none",
                "conversation_id": "talk-1",
                "turn_id": "t1",
            }
        )

    async def _alerts(self, request: web.Request) -> web.Response:
        newest = self.alerts[-1]["revision"] if self.alerts else 0
        return web.json_response({"alerts": self.alerts[-1:], "revision": newest})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        over = self._streams[stream] = asyncio.Event()
        newest = self.alerts[-1]["revision"] if self.alerts else 0
        after = int(request.query.get("after", newest))
        # An event's number is the revision up to which its reader knows every alert.
        await self.tell_all(after)
        for missed in self.alerts:
            if missed["revision"] > after:
                await self.tell("alert", missed, missed["revision"])
        self._open.set()
        await over.wait()
        return stream


def _error(status: int, code: str) -> web.Response:
    message = f"{code}, said the hub"
    return web.json_response({"error": {"code": code, "message": message}}, status=status)
