"""How a hub sends its toy other software: what it has, then that in pieces, then the word to take it.

    hub → toy  pommai-update          which it is; the answer says how much of it the toy has already
    hub → toy  pommai-update-piece    the next bytes of it
    hub → toy  pommai-update-install  it is whole: check it, and start it the next time

Each is answered with `pommai-done`. They are spoken over a paired link alone.
"""

import re
from typing import Final, NamedTuple, Self

from wyoming.event import Event

from satellite.wire.commands import UPDATE, number_of, piece_in, sha256_in
from satellite.wire.stream import WireError

PIECE: Final = f"{UPDATE}-piece"
INSTALL: Final = f"{UPDATE}-install"

MAX_UPDATE_BYTES: Final = 4_000_000
MAX_PROTOCOL: Final = 1_000_000
MAX_INSTALL_S: Final = 120.0
"""The toy's answer to the last of them may take so long: an SD card is slow."""

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
        version = event.data.get("version")
        if not isinstance(version, str) or not _VERSION.fullmatch(version):
            raise WireError(f"{UPDATE}: version is missing or odd")
        protocol = number_of(event, "protocol", 0, MAX_PROTOCOL)
        size = number_of(event, "size", 1, MAX_UPDATE_BYTES)
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
        at = number_of(event, "at", 0, size - 1)
        return cls(at, piece_in(event, size - at))


def install(sha256: str, number: str) -> Event:
    """Take what was sent, if this is its hash."""
    return Event(INSTALL, {"id": number, "sha256": sha256})
