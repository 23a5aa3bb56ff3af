"""The few words that a toy can say without a hub, from recordings that it carries."""

import asyncio
import logging
import math
from array import array
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from satellite.audio.pcm import RATE_HZ, bytes_for, seconds_of
from satellite.audio.speaker import AudioSink
from satellite.clock import Clock
from satellite.errors import DeviceError

_RECORDINGS: Final = Path(__file__).parents[1] / "data" / "spoken"
_GAP_MS: Final = 250
_PIECE_MS: Final = 100
_LEAD_S: Final = 0.2

_log = logging.getLogger(__name__)


class RecordedPrompts:
    def __init__(self, speaker: AudioSink, clock: Clock) -> None:
        """Nobody else may use `speaker` meanwhile."""
        self._speaker = speaker
        self._clock = clock

    async def say(self, words: Sequence[str]) -> None:
        """Recordings by name, one after the other; a cancelled one is silent at once."""
        await self.play(await asyncio.to_thread(_joined, words))

    async def play(self, pcm: bytes) -> bool:
        """16 kHz sound, if the speaker can; a cancelled one is silent at once."""
        try:
            await self._speaker.start(RATE_HZ)
            await self._play(pcm)
            await self._speaker.finish()
        except DeviceError as error:
            _log.error("speaker: %s", error)
            return False
        else:
            return True
        finally:
            await self._speaker.stop()

    async def _play(self, pcm: bytes) -> None:
        begun_s = self._clock.monotonic()
        size = bytes_for(_PIECE_MS, RATE_HZ)
        for at in range(0, len(pcm), size):
            await self._speaker.write(pcm[at : at + size])
            due_s = begun_s + seconds_of(pcm[: at + size], RATE_HZ) - _LEAD_S
            if (wait_s := due_s - self._clock.monotonic()) > 0:
                await self._clock.sleep(wait_s)
        await self._clock.sleep(_LEAD_S)


def _joined(words: Sequence[str]) -> bytes:
    from satellite.audio.wav import read_speech  # a paired toy needs no recordings

    gap = bytes(bytes_for(_GAP_MS, RATE_HZ))
    return b"".join(read_speech(_RECORDINGS / f"{word}.wav") + gap for word in words)


_TONES_HZ: Final = (880, 1320)
_TONE_S: Final = 0.15
_LOUD: Final = 9_000


@cache
def chirp() -> bytes:
    """16 kHz, 0.6 s; the first one takes a Pi a tenth of a second."""
    return b"".join(tone(hertz, _TONE_S, _LOUD) for hertz in _TONES_HZ) * 2


def tone(hertz: float, seconds: float, loud: int) -> bytes:
    """16 kHz, swelling up to `loud` and fading, so that it doesn't click."""
    count = int(RATE_HZ * seconds)
    turn = 2 * math.pi * hertz / RATE_HZ
    samples = (loud * math.sin(math.pi * i / count) * math.sin(turn * i) for i in range(count))
    return array("h", map(round, samples)).tobytes()
