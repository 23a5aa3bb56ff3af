"""How much silence to wait for before a child's turn is taken for over.

A whole question is answered soon, "and then" is given time. Where the words leave it open, it
counts how long the child has spoken already and whether it is one who stops to think. The
figures were chosen on the half of `bench/turns` that the benchmark doesn't report.
"""

from hub.config import TurnSection
from hub.domain.talk import Transcript
from hub.domain.toys import Patience
from hub.pipeline.endpoint import Endpointer
from hub.pipeline.finished import Ending, ending

STRETCH = {Patience.QUICK: 0.7, Patience.NORMAL: 1.0, Patience.PATIENT: 1.5}
LEAST_CONFIDENCE = 0.25
"""A recogniser that is less sure of its words can't say that one with much voice in it is cut."""
LONG_MS = 1200.0
"""Voice in which most sentences have room."""
HALF = 0.5
"""From here on a turn model takes the speaker for finished."""
MANY_PAUSES = 2
"""A child who went on after so many tells something longer."""
LIKELY_SHARE, STORY_SHARE = 0.08, 0.5
"""Of the way from `finished_ms` to `silence_ms`: after a likely end, and in something longer."""


class Waiting:
    """As a toy's parent set it, in a language."""

    def __init__(self, settings: TurnSection, patience: Patience, language: str) -> None:
        stretch = STRETCH[patience]
        self.longest_ms = stretch * settings.unfinished_ms
        """Where nothing is known of the words yet."""
        self._finished_ms = stretch * settings.finished_ms
        self._silence_ms = stretch * settings.silence_ms
        self._language = language

    def after(self, words: Transcript, ears: Endpointer, finished: float | None = None) -> float:
        """Milliseconds of silence after `words`, as `ears` heard them.

        `finished` is a turn model's opinion, 0 to 1: it decides where the words leave it open.
        """
        end = ending(words.text, self._language)
        long = ears.voiced_ms >= LONG_MS
        unclear = words.confidence is not None and words.confidence < LEAST_CONFIDENCE
        if finished is not None and (end is Ending.UNSURE or unclear):
            end, unclear = Ending.FINISHED if finished >= HALF else Ending.UNFINISHED, False
        misheard = unclear and long and not ears.pauses
        if end is Ending.UNFINISHED and not misheard:
            return self.longest_ms
        if end is Ending.UNSURE and not long:
            return self._silence_ms
        if ears.pauses >= MANY_PAUSES:
            return self._between(STORY_SHARE)
        return self._between(0.0 if end is Ending.FINISHED else LIKELY_SHARE)

    def _between(self, share: float) -> float:
        return self._finished_ms + share * (self._silence_ms - self._finished_ms)
