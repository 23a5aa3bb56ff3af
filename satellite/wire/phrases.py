"""What a toy says while its hub is away: a pack of spoken lines, as the hub sends it and the toy keeps it.

A pack is one line of JSON, then the sound of each line: packets of Opus, each behind its length, or plain PCM.

    hub → toy  pommai-pack     one piece of it, answered by pommai-done
    toy → hub  pommai-offline  how often it was needed, answered by pommai-done
"""

import hashlib
import json
import struct
from collections.abc import Sequence
from typing import Final, NamedTuple, Self

from wyoming.event import Event

from satellite.wire.commands import MAX_PIECE_BYTES, id_of, number_of, piece_in, sha256_in
from satellite.wire.extensions import OPUS, PCM
from satellite.wire.frame import MAX_PACKET_BYTES
from satellite.wire.stream import WireError

PACK: Final = "pommai-pack"
OFFLINE: Final = "pommai-offline"

MAX_PACK_BYTES: Final = 2_000_000
MAX_HEADER_BYTES: Final = 16_384
MAX_LINES: Final = 64
MAX_VERSION_CHARS: Final = 32
AWAY: Final = "away"
"""The kind of the plainest lines: "I can't reach home right now"."""
AWAY_HELLO: Final = "away_hello"
AWAY_JOKE: Final = "away_joke"
AWAY_RHYME: Final = "away_rhyme"
AWAY_BEDTIME: Final = "away_bedtime"
MAX_AGE_S: Final = 10 * 365 * 86_400
MAX_COUNT: Final = 1_000_000

_LENGTH: Final = struct.Struct(">H")


class PhraseSound(NamedTuple):
    kind: str
    data: bytes


class PhrasePack(NamedTuple):
    version: str
    audio: str
    """OPUS or PCM, 16 kHz mono."""
    sounds: tuple[PhraseSound, ...]

    def encode(self) -> bytes:
        lines = [{"kind": sound.kind, "bytes": len(sound.data)} for sound in self.sounds]
        header = {"version": self.version, "audio": self.audio, "lines": lines}
        return json.dumps(header).encode() + b"\n" + b"".join(s.data for s in self.sounds)

    @classmethod
    def decode(cls, packed: bytes) -> Self:
        """Raises WireError for whatever isn't one."""
        end = packed.find(b"\n", 0, MAX_HEADER_BYTES)
        try:
            header = json.loads(packed[: max(end, 0)])
            version, audio, lines = header["version"], header["audio"], header["lines"]
            sizes = [(line["kind"], line["bytes"]) for line in lines]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise WireError("a pack of lines has a damaged header") from error
        if not isinstance(version, str) or not 0 < len(version) <= MAX_VERSION_CHARS:
            raise WireError("a pack of lines has no version")
        if audio not in (OPUS, PCM) or not 0 < len(sizes) <= MAX_LINES:
            raise WireError("a pack of lines has no sound that is known here")
        sounds, at = [], end + 1
        for kind, size in sizes:
            if not isinstance(kind, str) or type(size) is not int or size <= 0:
                raise WireError("a pack of lines has a damaged line")
            sounds.append(PhraseSound(kind, packed[at : at + size]))
            at += size
        if at != len(packed):
            raise WireError("a pack of lines is not as long as it says")
        if audio == OPUS:
            for sound in sounds:
                packets_of(sound.data)
        return cls(version, audio, tuple(sounds))


class PhrasePiece(NamedTuple):
    """A part of the pack whose whole has this size and hash."""

    id: str
    sha256: str
    size: int
    at: int
    data: bytes

    def event(self) -> Event:
        data = {"id": self.id, "sha256": self.sha256, "size": self.size, "at": self.at}
        return Event(PACK, data, self.data)

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Raises WireError."""
        size = number_of(event, "size", 1, MAX_PACK_BYTES)
        at = number_of(event, "at", 0, size - 1)
        return cls(id_of(event), sha256_in(event), size, at, piece_in(event, size - at))


class OfflineReport(NamedTuple):
    """What happened since a hub was last told: ages in seconds, as the toy's clock may be wrong."""

    id: str
    lines: int
    """How many were said."""
    first_s: float
    """How long ago the first line was said."""
    last_s: float
    """How long ago the last line was said."""

    def event(self) -> Event:
        ages = {"first_s": round(self.first_s), "last_s": round(self.last_s)}
        return Event(OFFLINE, {"id": self.id, "lines": self.lines, **ages})

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Raises WireError."""
        lines = number_of(event, "lines", 1, MAX_COUNT)
        first_s, last_s = (number_of(event, age, 0, MAX_AGE_S) for age in ("first_s", "last_s"))
        return cls(id_of(event), lines, max(first_s, last_s), last_s)


def pieces(packed: bytes) -> list[tuple[int, bytes]]:
    """Where each begins, and what is in it."""
    return [
        (at, packed[at : at + MAX_PIECE_BYTES]) for at in range(0, len(packed), MAX_PIECE_BYTES)
    ]


def sha256_of(packed: bytes) -> str:
    return hashlib.sha256(packed).hexdigest()


def joined(packets: Sequence[bytes]) -> bytes:
    return b"".join(_LENGTH.pack(len(packet)) + packet for packet in packets)


def packets_of(data: bytes) -> list[bytes]:
    """Raises WireError."""
    packets, at = [], 0
    while at < len(data):
        if at + _LENGTH.size > len(data):
            raise WireError("a line's sound is cut")
        [size] = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        if not 0 < size <= MAX_PACKET_BYTES or at + size > len(data):
            raise WireError("a line's sound has a damaged packet")
        packets.append(data[at : at + size])
        at += size
    return packets
