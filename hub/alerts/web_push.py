"""Alerts to a browser that asked for them: Web Push, encrypted for it alone (RFC 8291) and signed (RFC 8292).

Only the push services of browser makers are sent to, so that no typed address leads into the house.
"""

import base64
import json
import re
import ssl
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver

from hub.domain.clock import Clock
from hub.domain.household import WEB_PUSH
from hub.errors import AddressGoneError, DeliveryError, RefusedError
from hub.translation import gettext as _
from hub.translation import marked

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

SEND_S: Final = 30.0
KEPT_S: Final = 24 * 60 * 60
"""How long the service holds a message for a phone that is off: as long as the hub tries any other way."""
TOKEN_S: Final = 12 * 60 * 60
"""How long a signature is good; RFC 8292 allows a day."""
CONTACT: Final = "mailto:pommai@example.com"
"""A push service wants somebody to write to; a family's own address is none of its business."""
MAX_ENDPOINT_CHARS: Final = 1500
MAX_BODY_CHARS: Final = 700
"""At four bytes each they fit a push service's 4096, with the title and what encryption adds."""
MAX_TITLE_CHARS: Final = 150
SERVICES: Final = (
    "fcm.googleapis.com",
    ".push.services.mozilla.com",
    ".push.apple.com",
    ".notify.windows.com",
)
"""What their hosts end in, as Chrome, Firefox, Safari and Edge give them out."""
_HOST: Final = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]+")
POINT_BYTES, AUTH_BYTES, SECRET_BYTES = 65, 16, 32
"""Of an uncompressed point on P-256, of RFC 8291's shared secret, and of a private key on P-256."""
UNUSABLE: Final = marked("this browser's way of being told can't be used: turn it on again there")


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser gave for being told."""

    endpoint: str = field(repr=False)
    """Where messages for it are taken: an https address of its maker's push service."""
    p256dh: bytes = field(repr=False)
    """Its public key."""
    auth: bytes = field(repr=False)
    signing_key: bytes = field(repr=False)
    """The private key that the browser was told to expect signatures of."""


def web_push_url(endpoint: str, p256dh: str, auth: str, signing_key: str) -> str:
    """The address to send to, of what the browser gave, its keys in base64url. Raises RefusedError."""
    if not endpoint.startswith("https://"):
        raise RefusedError(
            _("this browser gave no address to send to: please press the button again")
        )
    keys = urlencode({"endpoint": endpoint, "p256dh": p256dh, "auth": auth, "key": signing_key})
    url = f"{WEB_PUSH}://{quote(urlsplit(endpoint).netloc)}/?{keys}"
    subscription(url)
    return url


def subscription(url: str) -> Subscription:
    """Raises RefusedError where the address is none, or leads elsewhere than to a known push service."""
    try:
        given = parse_qs(urlsplit(url).query, strict_parsing=True, max_num_fields=4)
        endpoint = given["endpoint"][0]
        to = urlsplit(endpoint)
        known = _HOST.fullmatch(to.netloc) and to.netloc.endswith(SERVICES)
        if to.scheme != "https" or not known or len(endpoint) > MAX_ENDPOINT_CHARS:
            raise RefusedError(
                _(
                    "alerts to a browser go through Google, Mozilla, Apple or Microsoft, and this one "
                    "uses another service: please choose another way, or another browser"
                )
            )
        return Subscription(
            endpoint,
            _bytes(given["p256dh"][0], POINT_BYTES),
            _bytes(given["auth"][0], AUTH_BYTES),
            _bytes(given["key"][0], SECRET_BYTES),
        )
    except (KeyError, ValueError) as error:
        raise RefusedError(_(UNUSABLE)) from error


def no_answer() -> DeliveryError:
    """Within `SEND_S`."""
    return DeliveryError(_("no answer within %(seconds)s s", seconds=round(SEND_S)))


class WebPush:
    def __init__(
        self,
        clock: Clock,
        resolver: AbstractResolver | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`resolver` and `trust` are the computer's own unless given."""
        self._clock = clock
        self._resolver = resolver
        self._trust = trust

    async def send(self, url: str, title: str, body: str) -> None:
        """Raises DeliveryError with one line that names neither the address nor a secret."""
        try:
            to = subscription(url)
            message = _encrypted(to, title, body)
            headers = self._headers(to)
        except (RefusedError, ValueError) as error:
            raise DeliveryError(_(UNUSABLE)) from error
        connector = aiohttp.TCPConnector(ssl=self._trust or True, resolver=self._resolver)
        try:
            async with (
                self._clock.timeout(SEND_S),
                aiohttp.ClientSession(connector=connector) as session,
                session.post(
                    to.endpoint, data=message, headers=headers, allow_redirects=False
                ) as answer,
            ):
                status = answer.status
        except TimeoutError as error:
            raise no_answer() from error
        except (aiohttp.ClientError, ValueError) as error:
            raise DeliveryError(_("the service can't be reached")) from error
        if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:  # RFC 8030, section 7.3
            raise AddressGoneError(_("that browser takes no more messages: turn it on again there"))
        if status not in {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED}:
            raise DeliveryError(_("the service refused it (HTTP %(code)s)", code=status))

    def _headers(self, to: Subscription) -> dict[str, str]:
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.derive_private_key(int.from_bytes(to.signing_key), ec.SECP256R1())
        host = urlsplit(to.endpoint).netloc
        expires = int(self._clock.now().timestamp()) + TOKEN_S
        claims = {"aud": f"https://{host}", "exp": expires, "sub": CONTACT}
        return {
            "Authorization": f"vapid t={_signed(claims, key)}, k={_text(_point(key))}",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(KEPT_S),
            "Urgency": "high",
        }


def _encrypted(to: Subscription, title: str, body: str) -> bytes:
    from apprise.utils.pem import ApprisePEMController
    from cryptography.hazmat.primitives.asymmetric import ec

    shown = {"title": title[:MAX_TITLE_CHARS], "body": body[:MAX_BODY_CHARS]}
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to.p256dh)
    message = json.dumps(shown, ensure_ascii=False)
    sealed: bytes = ApprisePEMController("").encrypt_webpush(message, public, to.auth)
    return sealed


def _signed(claims: dict[str, object], key: "EllipticCurvePrivateKey") -> str:
    """A JSON web token by ES256 (RFC 7518, 3.4)."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    header = {"typ": "JWT", "alg": "ES256"}
    token = ".".join(_text(json.dumps(part).encode()) for part in (header, claims))
    r, s = decode_dss_signature(key.sign(token.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{token}.{_text(r.to_bytes(SECRET_BYTES) + s.to_bytes(SECRET_BYTES))}"


def _point(key: "EllipticCurvePrivateKey") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _bytes(text: str, length: int) -> bytes:
    """Of base64url; raises ValueError unless there are `length` of them."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if len(data) != length:
        raise ValueError(f"{length} bytes expected")
    return data


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
