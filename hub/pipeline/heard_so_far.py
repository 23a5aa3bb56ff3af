"""Which of a turn's words were heard, when it is cut: by how much of their sound was played."""

from dataclasses import dataclass
from typing import Final

MS_A_CHARACTER: Final = 65.0
"""Of speech, about, where no whole clause of the turn tells: our voices take 60 to 75."""


@dataclass
class _Clause:
    text: str
    sound_ms: float = 0.0
    """So much of it is known."""


class HeardSoFar:
    """Follows an answer as it is handed on: `begin` each clause, `add` its sound."""

    def __init__(self) -> None:
        self._clauses: list[_Clause] = []

    def begin(self, text: str) -> None:
        self._clauses.append(_Clause(text))

    def add(self, sound_ms: float) -> None:
        if self._clauses:
            self._clauses[-1].sound_ms += sound_ms

    @property
    def clauses(self) -> int:
        return len(self._clauses)

    def said(
        self, played_ms: float | None, *, more_ms: float = 0.0, whole: bool = False
    ) -> list[str]:
        """The clauses of which something was heard, the last one up to its last word that was.

        None: all that was handed on was played. `more_ms` is known sound of the last clause that was
        not handed on, `whole` that there is no more of it.
        """
        if played_ms is None:
            return [clause.text for clause in self._clauses]
        said: list[str] = []
        for clause, long_ms in zip(self._clauses, self._lengths_ms(more_ms, whole), strict=True):
            words = clause.text.split()
            heard = clause.text if played_ms >= long_ms else _up_to(words, played_ms / long_ms)
            if heard:
                said.append(heard)
            played_ms -= long_ms
            if played_ms < 0:
                break
        return said

    def _lengths_ms(self, more_ms: float, whole: bool) -> list[float]:
        if not self._clauses:
            return []
        *before, latest = self._clauses
        lengths_ms = [clause.sound_ms for clause in before]
        known_ms = latest.sound_ms + more_ms
        if whole:
            return [*lengths_ms, known_ms]
        characters = sum(len(clause.text) for clause in before)
        pace_ms = sum(lengths_ms) / characters if characters else MS_A_CHARACTER
        return [*lengths_ms, max(known_ms, pace_ms * len(latest.text))]


def _up_to(words: list[str], share: float) -> str:
    """The first words that are within this share of the sound, taken to be as long as they are written."""
    letters = sum(len(word) + 1 for word in words) * share
    heard = []
    for word in words:
        letters -= len(word) + 1
        if letters < -1e-9:
            break
        heard.append(word)
    return " ".join(heard)
