"""The sound by which a toy is found among others: two short tones, twice."""

import math
from array import array
from functools import cache
from typing import Final

from satellite.pcm import RATE_HZ

_TONES_HZ: Final = (880, 1320)
_TONE_S: Final = 0.15
_LOUD: Final = 9_000


@cache
def chirp() -> bytes:
    """16 kHz, 0.6 s; the first one takes a Pi a tenth of a second."""
    return b"".join(map(_tone, _TONES_HZ)) * 2


def _tone(hertz: float) -> bytes:
    """Swelling and fading, so that it doesn't click."""
    count = int(RATE_HZ * _TONE_S)
    turn = 2 * math.pi * hertz / RATE_HZ
    samples = (_LOUD * math.sin(math.pi * i / count) * math.sin(turn * i) for i in range(count))
    return array("h", map(round, samples)).tobytes()
