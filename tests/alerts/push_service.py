"""A push service on loopback under a browser maker's name, and a browser that reads what comes, by RFC 8291."""

import base64
import json
import secrets
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.alerts.web_push import WebPush, web_push_url
from hub.domain.clock import Clock
from tests.devices.processes import free_port
from tests.lan.certificates import make

HOST = "fcm.googleapis.com"


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def data(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


class Browser:
    """One that was asked, and said yes."""

    def __init__(self, key: ec.EllipticCurvePrivateKey | None = None, auth: bytes = b"") -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.auth = auth or secrets.token_bytes(16)
        self.signing = ec.generate_private_key(ec.SECP256R1())

    @property
    def url(self) -> str:
        signing = self.signing.private_numbers().private_value.to_bytes(32)
        return web_push_url(
            f"https://{HOST}/fcm/send/a-phone",
            text(point(self.key)),
            text(self.auth),
            text(signing),
        )

    def read(self, body: bytes) -> bytes:
        salt, sender, sealed = body[:16], body[21 : 21 + body[20]], body[21 + body[20] :]
        other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.key.exchange(ec.ECDH(), other)
        info = b"WebPush: info\0" + point(self.key) + sender
        secret = _derived(shared, self.auth, info, 32)
        key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
        return AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0").removesuffix(b"\2")

    def claims(self, authorization: str) -> Any:
        """Raises InvalidSignature unless its own key signed them."""
        kind, _, rest = authorization.partition(" ")
        given = dict(part.strip().split("=", 1) for part in rest.split(","))
        assert (kind, given["k"]) == ("vapid", text(point(self.signing)))
        signed, _, signature = given["t"].rpartition(".")
        r, s = (int.from_bytes(half) for half in (data(signature)[:32], data(signature)[32:]))
        self.signing.public_key().verify(
            encode_dss_signature(r, s), signed.encode(), ec.ECDSA(hashes.SHA256())
        )
        return json.loads(data(signed.split(".")[1]))


class _ToLoopback(AbstractResolver):
    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=self._port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        pass


class PushService:
    def __init__(self, port: int, certificate: Path) -> None:
        self.answer = 201
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.port = port
        self._certificate = certificate

    def sender(self, clock: Clock) -> WebPush:
        """The hub's part, led here instead of to the maker's own."""
        trust = ssl.create_default_context(cafile=str(self._certificate))
        return WebPush(clock, _ToLoopback(self.port), trust)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        return web.Response(status=self.answer, headers={"Location": "https://127.0.0.1/"})


@asynccontextmanager
async def push_service(folder: Path) -> AsyncIterator[PushService]:
    certificate, key = make(folder / "certificates", HOST)
    service = PushService(free_port(), certificate)
    application = web.Application()
    application.router.add_post("/fcm/send/a-phone", service.take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    await web.TCPSite(runner, "127.0.0.1", service.port, ssl_context=tls).start()
    try:
        yield service
    finally:
        await runner.cleanup()
