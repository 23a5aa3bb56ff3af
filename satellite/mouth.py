"""The few words that a toy can say without a hub, from recordings that it carries."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from satellite.clock import Clock
from satellite.errors import DeviceError
from satellite.pcm import RATE_HZ, bytes_for, seconds_of
from satellite.speaker import Speaker

_RECORDINGS: Final = Path(__file__).parent / "data" / "spoken"
_GAP_MS: Final = 250
_PIECE_MS: Final = 100
_LEAD_S: Final = 0.2

_log = logging.getLogger(__name__)


class Mouth:
    def __init__(self, speaker: Speaker, clock: Clock) -> None:
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
    from satellite.wav import read_speech  # a paired toy needs no recordings

    gap = bytes(bytes_for(_GAP_MS, RATE_HZ))
    return b"".join(read_speech(_RECORDINGS / f"{word}.wav") + gap for word in words)
