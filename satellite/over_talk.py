"""A child who speaks while the toy does: tells the child's voice from what is left of the toy's own.

A voice detector alone is deceived by that rest. So a voice counts when the canceller leaves much of what is heard,
which it doesn't of the toy's own voice; and only once it has shown that it takes that away.
"""

import math
from array import array
from collections import deque
from typing import Final, Protocol

from satellite.pcm import CHUNK_MS

LOOKED_AT_MS: Final = 500
VOICED: Final = 0.6
"""So much of that time must be voice …"""
LEFT: Final = 0.3
"""… and so much of its power be left …"""
LEAST_POWER: Final = 10_000.0
"""… which is this at least: an amplitude of 100."""
TAKEN_DB: Final = 10.0
"""The canceller works once it takes away so much of the toy's own voice …"""
LEARNS_S: Final = 5.0
"""… on the mean of about so long."""


class Voice(Protocol):
    def hears(self, chunk: bytes) -> bool: ...


class OverTalk:
    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._taken_db = 0.0
        self._last: deque[tuple[bool, float, float]] = deque(maxlen=LOOKED_AT_MS // CHUNK_MS)

    def hears(self, heard: bytes, clean: bytes) -> bool:
        """Whether a child speaks, by the last half second; `clean` is without the toy's own voice."""
        power, left = _power(heard), _power(clean)
        self._last.append((self._voice.hears(clean), power, left))
        if power > LEAST_POWER:
            taken_db = 10 * math.log10(power / (left + 1.0))
            self._taken_db += (taken_db - self._taken_db) * CHUNK_MS / 1000 / LEARNS_S
        count = len(self._last)
        if self._taken_db < TAKEN_DB or count < (self._last.maxlen or 0):
            return False
        voiced, powers, lefts = (sum(part) for part in zip(*self._last, strict=True))
        if voiced < VOICED * count or lefts < max(LEFT * powers, LEAST_POWER * count):
            return False
        self._last.clear()
        return True


def _power(chunk: bytes) -> float:
    """Of each fourth sample, which is near enough."""
    some = array("h", chunk)[::4]
    return sum(sample * sample for sample in some) / len(some)
