"""How much silence to wait for before a child's turn is taken for over."""

from hub.config import TurnSection
from hub.domain.talk import Transcript
from hub.domain.toys import Patience
from hub.pipeline.finished import Ending, ending

STRETCH = {Patience.QUICK: 0.7, Patience.NORMAL: 1.0, Patience.PATIENT: 1.5}


class Waiting:
    """As a toy's parent set it, in a language."""

    def __init__(self, settings: TurnSection, patience: Patience, language: str) -> None:
        stretch = STRETCH[patience]
        self.longest_ms = stretch * settings.unfinished_ms
        """Where nothing is known of the words yet."""
        self._language = language
        self._wait_ms = {
            Ending.FINISHED: stretch * settings.finished_ms,
            Ending.LIKELY: stretch * (settings.finished_ms + settings.silence_ms) / 2,
            Ending.UNSURE: stretch * settings.silence_ms,
            Ending.UNFINISHED: self.longest_ms,
        }

    def after(self, words: Transcript, voiced_ms: float) -> float:
        """Milliseconds of silence after `words`, heard in so many milliseconds of voice."""
        return self._wait_ms[ending(words.text, self._language)]
