"""A child who speaks while the toy does: tells the child's voice from what is left of the toy's own.

A voice detector alone is deceived by that rest. So a voice counts when the canceller leaves much of what is heard,
which it doesn't of the toy's own voice once it has learnt to take that out.
"""

from collections import deque
from typing import Final, Protocol

from satellite.echo import power
from satellite.pcm import CHUNK_MS

LOOKED_AT_MS: Final = 500
VOICED: Final = 0.6
"""So much of that time must be voice …"""
LEFT: Final = 0.3
"""… and so much of its power be left …"""
LEAST_POWER: Final = 10_000.0
"""… which is this at least: an amplitude of 100."""


class Voice(Protocol):
    def hears(self, chunk: bytes) -> bool: ...


class OverTalk:
    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._last: deque[tuple[bool, float, float]] = deque(maxlen=LOOKED_AT_MS // CHUNK_MS)

    def hears(self, heard: bytes, clean: bytes) -> bool:
        """Whether a child speaks, by the last half second; `clean` is without the toy's own voice."""
        self._last.append((self._voice.hears(clean), power(heard), power(clean)))
        count = len(self._last)
        if count < (self._last.maxlen or 0):
            return False
        voiced, powers, lefts = (sum(part) for part in zip(*self._last, strict=True))
        if voiced < VOICED * count or lefts < max(LEFT * powers, LEAST_POWER * count):
            return False
        self._last.clear()
        return True
