"""Somebody who speaks while the toy does: tells them from what is left of the toy's own voice.

That rest deceives a voice detector, and it covers words, which are therefore taken for heard more easily. Both count
only when the canceller leaves much of what is heard, which it doesn't of the toy's own voice once it has learnt to
take that out.
"""

from collections import deque
from typing import Final, Protocol

from satellite.echo import power
from satellite.pcm import CHUNK_MS

LOOKED_AT_MS: Final = 500
VOICED: Final = 0.6
"""So much of that time must be voice …"""
LEFT: Final = 0.4
"""… and so much of its power be left …"""
LOUD_MS: Final = 3000
LOUD: Final = 0.2
"""… which is so much of what was heard all that time: between the toy's words, its rest is most of what is heard."""
LEAST_POWER: Final = 10_000.0
"""An amplitude of 100."""

WORD_MS: Final = 600
WORD_LEFT: Final = 0.1
"""So much of that time's power must be left for a word that is hardly heard."""


class Voice(Protocol):
    def hears(self, chunk: bytes) -> bool: ...


class Word(Protocol):
    def hears(self, chunk: bytes, *, covered: bool = False) -> bool:
        """Whether a word ends in this chunk; easier to please where it was `covered`."""
        ...


class OverTalk:
    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._last: deque[tuple[bool, float, float]] = deque(maxlen=LOOKED_AT_MS // CHUNK_MS)
        self._loud: deque[float] = deque(maxlen=LOUD_MS // CHUNK_MS)

    def hears(self, heard: bytes, clean: bytes) -> bool:
        """Whether a child speaks, by the last half second; `clean` is without the toy's own voice."""
        loud = power(heard)
        self._loud.append(loud)
        self._last.append((self._voice.hears(clean), loud, power(clean)))
        count = len(self._last)
        if count < (self._last.maxlen or 0):
            return False
        voiced, powers, lefts = (sum(part) for part in zip(*self._last, strict=True))
        usual = sum(self._loud) / len(self._loud)
        least = max(LEFT * powers, LOUD * usual * count, LEAST_POWER * count)
        if voiced < VOICED * count or lefts < least:
            return False
        self._last.clear()
        return True


class OverWord:
    def __init__(self, word: Word) -> None:
        self._word = word
        self._last: deque[tuple[float, float]] = deque(maxlen=WORD_MS // CHUNK_MS)

    def hears(self, heard: bytes, clean: bytes, *, taken_out: bool) -> bool:
        """Whether the word ends here; `taken_out` is whether the toy's own voice is known to be."""
        self._last.append((power(heard), power(clean)))
        powers, lefts = (sum(part) for part in zip(*self._last, strict=True))
        return self._word.hears(clean, covered=taken_out and lefts >= WORD_LEFT * powers)
