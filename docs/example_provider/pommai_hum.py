"""A voice for Pommai in a package of its own: it hums a tone for each word. What it must keep to: docs/providers.md."""

import math
from array import array

from hub.domain.toys import Voice
from hub.providers.base import ProviderSetup
from hub.providers.tts.synthesis import Emit, ThreadTts, split

RATE_HZ = 16_000
WORD_S = 0.25
LOUDNESS = 8_000
"""Of 32,767."""


class Hum(ThreadTts):
    name = "hum"
    what = "a hum"

    def __init__(self, setup: ProviderSetup) -> None:
        super().__init__()

    def problem(self) -> str:
        return ""

    async def warm_up(self) -> None:
        """There is nothing to load."""

    def synthesise(self, words: str, voice: Voice, emit: Emit) -> None:
        for word in words.split():
            step = 2 * math.pi * (220 + 20 * len(word)) / RATE_HZ
            wave = array(
                "h", (round(LOUDNESS * math.sin(step * at)) for at in range(int(RATE_HZ * WORD_S)))
            )
            if not all(emit(chunk) for chunk in split(wave.tobytes(), RATE_HZ)):
                return
