"""The pace of playing: how far sound may be sent before it is heard, so that little is ahead when a child barges in."""

from collections.abc import Iterator
from typing import Final

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock

AHEAD_S: Final = 0.3
"""How far the sound that was sent may be ahead of the sound that is played."""
PIECE_BYTES: Final = SAMPLE_BYTES * SPEECH_RATE_HZ // 10


def pieces(chunk: PcmChunk) -> Iterator[bytes]:
    """A chunk (16 kHz) in parts of 100 ms, each to be admitted by a `Pace`."""
    for start in range(0, len(chunk.data), PIECE_BYTES):
        yield chunk.data[start : start + PIECE_BYTES]


class Pace:
    """One answer's sound, taken to be played as soon as it was admitted."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._plays_until = clock.monotonic()
        """When the sound so far has been played."""
        self.sent_ms = 0.0

    @property
    def remaining_s(self) -> float:
        """How long the sound so far goes on."""
        return max(0.0, self._plays_until - self._clock.monotonic())

    @property
    def played_ms(self) -> float:
        """How much has been heard, where nobody says."""
        return max(0.0, self.sent_ms - 1000 * self.remaining_s)

    async def admit(self, piece: bytes) -> None:
        """Wait until `piece`, now to be sent, is at most AHEAD_S ahead."""
        seconds = len(piece) / (SAMPLE_BYTES * SPEECH_RATE_HZ)
        too_early = self.remaining_s + seconds - AHEAD_S
        if too_early > 0:
            await self._clock.sleep(too_early)
        self._plays_until = self._clock.monotonic() + self.remaining_s + seconds
        self.sent_ms += 1000 * seconds
