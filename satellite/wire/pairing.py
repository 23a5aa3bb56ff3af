"""What hub and toy say to pair: four messages on one TLS connection, each bounded; without what computes them.

    hub → toy  pommai-pair-start    the hub's certificate and its SPAKE2 share
    toy → hub  pommai-pair-share    the toy's share
    hub → toy  pommai-pair-confirm  the hub knows the code
    toy → hub  pommai-pair-done     the toy does, too, and has kept the hub's certificate

SPAKE2 turns the six-digit code into a strong key that both have only when they used the same code and mean the same
two certificates: the one that the hub saw in TLS, and the one that it sent. So who sits between them with a
certificate of his own gets two different keys. The hub confirms first: who plays a hub learns nothing but that
his guess was wrong.
"""

import base64
import binascii
import hashlib
import hmac
import re
from typing import Final, NamedTuple, Self

from wyoming.event import Event

from satellite.wire.stream import WireError
from satellite.wire.tls import MAX_CERTIFICATE_BYTES

VERSION: Final = 1
CODE_DIGITS: Final = 6
SHARE_BYTES: Final = 33
"""A point of Ed25519's curve and the side that it is from."""
MAC_BYTES: Final = 32
MAX_STEP_S: Final = 20.0
"""How long either side waits for the other's next message: a Pi takes a second to compute its share."""

START: Final = "pommai-pair-start"
SHARE: Final = "pommai-pair-share"
CONFIRM: Final = "pommai-pair-confirm"
DONE: Final = "pommai-pair-done"
UNPAIR: Final = "pommai-unpair"
"""Over a paired link, from either side: forget me."""
UNPAIRED: Final = "pommai-unpaired"

CLOSED: Final = "pairing-closed"
LOCKED: Final = "pairing-locked"
WAIT: Final = "pairing-wait"
WRONG_CODE: Final = "wrong-code"
"""Codes of `error`."""

_CODE: Final = re.compile(rf"[0-9]{{{CODE_DIGITS}}}")


def code_in(text: str) -> str | None:
    """The digits of a code that a person typed, perhaps with spaces or dashes; None for anything else."""
    digits = re.sub(r"[\s-]", "", text[:40])
    return digits if _CODE.fullmatch(digits) else None


class PairingStart(NamedTuple):
    certificate: bytes
    """The hub's, in DER."""
    share: bytes

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Raises WireError, as the others do."""
        if event.data.get("version") != VERSION:
            raise WireError(f"{START}: only version {VERSION} of pairing is spoken here")
        return cls(_bytes(event, "certificate", MAX_CERTIFICATE_BYTES), share_of(event))

    def event(self) -> Event:
        data = {"certificate": _text(self.certificate), "share": _text(self.share)}
        return Event(START, {"version": VERSION, **data})


def share_event(share: bytes) -> Event:
    return Event(SHARE, {"share": _text(share)})


def share_of(event: Event) -> bytes:
    return _bytes(event, "share", SHARE_BYTES, least=SHARE_BYTES)


def mac_event(kind: str, mac: bytes) -> Event:
    return Event(kind, {"mac": _text(mac)})


def mac_of(event: Event) -> bytes:
    return _bytes(event, "mac", MAC_BYTES, least=MAC_BYTES)


class PairingEnds(NamedTuple):
    """Who pairs: both certificates in DER, as this side sees them."""

    hub: bytes
    toy: bytes

    @property
    def hub_id(self) -> bytes:
        """What SPAKE2 mixes into its key."""
        return b"pommai hub" + hashlib.sha256(self.hub).digest()

    @property
    def toy_id(self) -> bytes:
        return b"pommai toy" + hashlib.sha256(self.toy).digest()


def hub_mac(key: bytes, ends: PairingEnds) -> bytes:
    """Proves that the hub has the key."""
    return _mac(key, b"pommai pairing 1: hub confirms", ends)


def toy_mac(key: bytes, ends: PairingEnds) -> bytes:
    """Another one, so that the hub's can't be sent back to it."""
    return _mac(key, b"pommai pairing 1: toy confirms", ends)


def is_mac(mac: bytes, expected: bytes) -> bool:
    return hmac.compare_digest(mac, expected)


def _mac(key: bytes, label: bytes, ends: PairingEnds) -> bytes:
    return hmac.digest(key, label + ends.hub_id + ends.toy_id, "sha256")


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(event: Event, name: str, most: int, least: int = 1) -> bytes:
    text = event.data.get(name)
    if not isinstance(text, str) or len(text) > 4 * (most + 2) // 3 + 4:
        raise WireError(f"{event.type}: {name} is missing or too long")
    try:
        value = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise WireError(f"{event.type}: {name} is not base64") from error
    if not least <= len(value) <= most:
        raise WireError(f"{event.type}: {name} has {len(value)} bytes")
    return value
