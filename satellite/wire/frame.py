"""Sound between two events of one stream: a frame's kind, its number and its packet, in a few bytes.

An event begins with `{`, so the first byte tells which of the two comes.
"""

import struct
from typing import Final, NamedTuple

MICROPHONE: Final = 0x01
SPEAKER: Final = 0x02
MAX_PACKET_BYTES: Final = 400
"""The most that a packet may have; 24 kbit/s need 60 as a rule."""

HEADER: Final = struct.Struct(">BHH")
"""Kind, number, length of the packet."""
FRAME_NUMBERS: Final = 1 << 16


class AudioFrame(NamedTuple):
    kind: int
    number: int
    """Of its packet within a turn's sound, from 0 on; past 65535 comes 0 again."""
    packet: bytes

    def encode(self) -> bytes:
        if len(self.packet) > MAX_PACKET_BYTES:
            raise ValueError(f"a packet of {len(self.packet)} bytes is no frame's")
        return HEADER.pack(self.kind, self.number % FRAME_NUMBERS, len(self.packet)) + self.packet


class FrameNumbering:
    """Tells which packet of the stream a frame's number means, over any count of rounds."""

    def __init__(self) -> None:
        self._latest = -1

    def place(self, number: int) -> int:
        """The packet nearest to the latest one that has this number: 0 is the first of a stream."""
        ahead = (number - self._latest + FRAME_NUMBERS // 2) % FRAME_NUMBERS - FRAME_NUMBERS // 2
        place = self._latest + ahead
        self._latest = max(self._latest, place)
        return place
