"""How loud the toy is, whatever its sound card can do: a speaker that turns down what it is given."""

from array import array
from typing import Final

from satellite.speaker import Speaker

FULL: Final = 256


class QuietSpeaker:
    """Another speaker, never louder than it; `set_percent` holds from the next sound on."""

    def __init__(self, speaker: Speaker) -> None:
        self.rate_hz = speaker.rate_hz
        self._speaker = speaker
        self._factor = FULL

    def set_percent(self, percent: int) -> None:
        """As loud as it sounds: half of it takes a quarter of the amplitude."""
        self._factor = round(FULL * (min(max(percent, 0), 100) / 100) ** 2)

    async def start(self, rate_hz: int) -> None:
        await self._speaker.start(rate_hz)

    async def write(self, pcm: bytes) -> None:
        await self._speaker.write(self._quieter(pcm))

    async def finish(self) -> None:
        await self._speaker.finish()

    async def stop(self) -> None:
        await self._speaker.stop()

    async def aclose(self) -> None:
        await self._speaker.aclose()

    def _quieter(self, pcm: bytes) -> bytes:
        factor = self._factor
        if factor == FULL:
            return pcm
        return array("h", [sample * factor // FULL for sample in array("h", pcm)]).tobytes()
