"""How a hub sends its toy other software: what it has, then that in pieces, then the word to take it.

    hub → toy  pommai-update          which it is; the answer says how much of it the toy has already
    hub → toy  pommai-update-piece    the next bytes of it
    hub → toy  pommai-update-install  it is whole: check it, and start it the next time

Each is answered with `pommai-done`. They are spoken over a paired link alone.
"""

import re
from typing import Final, NamedTuple, Self

from wyoming.event import Event

from satellite.wire.commands import UPDATE
from satellite.wire.stream import WireError

PIECE: Final = f"{UPDATE}-piece"
INSTALL: Final = f"{UPDATE}-install"

MAX_UPDATE_BYTES: Final = 4_000_000
MAX_PIECE_BYTES: Final = 32_768
MAX_INSTALL_S: Final = 120.0
"""The toy's answer to the last of them may take so long: an SD card is slow."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_VERSION: Final = re.compile(r"[0-9A-Za-z.+!_-]{1,40}")


class UpdateOffer(NamedTuple):
    version: str
    protocol: int
    """What that software speaks, as `satellite.wire.extensions.PROTOCOL`."""
    sha256: str
    size: int

    def event(self, number: str) -> Event:
        return Event(UPDATE, {"id": number, **self._asdict()})

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Raises WireError."""
        version, protocol = event.data.get("version"), event.data.get("protocol")
        size = event.data.get("size")
        if not isinstance(version, str) or not _VERSION.fullmatch(version):
            raise WireError(f"{UPDATE}: version is missing or odd")
        if type(protocol) is not int:
            raise WireError(f"{UPDATE}: protocol must be a number")
        if type(size) is not int or not 0 < size <= MAX_UPDATE_BYTES:
            raise WireError(f"{UPDATE}: size must be 1 to {MAX_UPDATE_BYTES}")
        return cls(version, protocol, sha256_in(event), size)


class UpdatePiece(NamedTuple):
    """Of what was offered last."""

    at: int
    data: bytes

    def event(self, number: str) -> Event:
        return Event(PIECE, {"id": number, "at": self.at}, self.data)

    @classmethod
    def from_event(cls, event: Event, size: int) -> Self:
        """`size` is that of the whole. Raises WireError."""
        at, data = event.data.get("at"), event.payload or b""
        if type(at) is not int or not 0 <= at < size:
            raise WireError(f"{PIECE}: at is not within the whole")
        if not 0 < len(data) <= min(MAX_PIECE_BYTES, size - at):
            raise WireError(f"{PIECE}: must be 1 to {MAX_PIECE_BYTES} bytes within the whole")
        return cls(at, data)


def install(sha256: str, number: str) -> Event:
    """Take what was sent, if this is its hash."""
    return Event(INSTALL, {"id": number, "sha256": sha256})


def sha256_in(event: Event) -> str:
    """Raises WireError."""
    sha256 = event.data.get("sha256")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise WireError(f"{event.type}: sha256 is missing or odd")
    return sha256
