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

from satellite.wire.commands import id_of
from satellite.wire.extensions import OPUS, PCM
from satellite.wire.frame import MAX_PACKET_BYTES
from satellite.wire.stream import WireError

PACK: Final = "pommai-pack"
OFFLINE: Final = "pommai-offline"

MAX_PACK_BYTES: Final = 2_000_000
MAX_PIECE_BYTES: Final = 32_768
MAX_HEADER_BYTES: Final = 16_384
MAX_LINES: Final = 64
MAX_VERSION_CHARS: Final = 32
AWAY: Final = "away"
"""The kind of the plainest lines: "I can't reach home right now"."""
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
        sha256 = event.data.get("sha256")
        size, at = event.data.get("size"), event.data.get("at")
        data = event.payload or b""
        if not isinstance(sha256, str) or len(sha256) != 64:
            raise WireError(f"{PACK}: sha256 is missing")
        if type(size) is not int or type(at) is not int or not 0 < size <= MAX_PACK_BYTES:
            raise WireError(f"{PACK}: size must be 1 to {MAX_PACK_BYTES}")
        if not 0 <= at < size or not 0 < len(data) <= min(MAX_PIECE_BYTES, size - at):
            raise WireError(f"{PACK}: a piece is not within the whole")
        return cls(id_of(event), sha256, size, at, data)


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
        lines = event.data.get("lines")
        first_s, last_s = event.data.get("first_s"), event.data.get("last_s")
        if type(lines) is not int or not 0 < lines <= MAX_COUNT:
            raise WireError(f"{OFFLINE}: lines is no count")
        for age in (first_s, last_s):
            if type(age) is not int or not 0 <= age <= MAX_AGE_S:
                raise WireError(f"{OFFLINE}: an age is out of range")
        assert isinstance(first_s, int)
        assert isinstance(last_s, int)
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
