"""How a child asks for what lulls, and what is said: one file a language, read once."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self

from hub.activities.words import Written, base_language, languages, plain_words, without
from hub.domain.lulling import SoundName

MAX_WORDS_CHARS: Final = 200
"""Whoever asks for one of these needs no more."""


class Wish(StrEnum):
    LULLABY = "lullaby"
    """A melody, whichever."""
    BEDTIME = "bedtime"
    BREATHE = "breathe"


class Sayings(Written):
    """The lines for each occasion; of a sound before it."""

    noise: tuple[str, ...]
    rain: tuple[str, ...]
    sea: tuple[str, ...]
    melody: tuple[str, ...]
    bedtime: tuple[str, ...]
    good_night: tuple[str, ...]
    breathed: tuple[str, ...]

    def before(self, sound: SoundName) -> tuple[str, ...]:
        found: tuple[str, ...] = getattr(self, sound.value, self.melody)
        return found


class _Story(Written):
    sentences: tuple[str, ...]


class _Breathing(Written):
    steps: tuple[tuple[str, float], ...]
    """What is said, and for how many seconds nothing is said then."""


class Texts(Written):
    """One language."""

    polite: tuple[str, ...]
    when: Mapping[Wish | SoundName, tuple[str, ...]]
    parts: Mapping[str, str]
    say: Sayings
    stories: tuple[_Story, ...]
    breathing: tuple[_Breathing, ...]
    words: Mapping[str, tuple[str, ...]]


class BedtimeGrammar:
    """All languages; where one has no file, a child's words are left to the model."""

    def __init__(self, texts: Mapping[str, Texts]) -> None:
        self._texts = texts
        self._patterns = {
            name: [
                (wish, _pattern(when, text.parts))
                for wish, whens in text.when.items()
                for when in whens
            ]
            for name, text in texts.items()
        }

    @classmethod
    def load(cls) -> Self:
        return cls(languages(__package__, Texts))

    def read(self, words: str, language: str, toy_name: str) -> Wish | SoundName | None:
        """None where the words are about something else."""
        texts = self.texts(language)
        if texts is None or len(words) > MAX_WORDS_CHARS:
            return None
        plain = without(plain_words(words), (*texts.polite, plain_words(toy_name)))
        for wish, pattern in self._patterns[base_language(language)]:
            if pattern.fullmatch(plain):
                return wish
        return None

    def texts(self, language: str) -> Texts | None:
        """None where that language has no file."""
        return self._texts.get(base_language(language))


def _pattern(when: str, parts: Mapping[str, str]) -> re.Pattern[str]:
    return re.compile(re.sub(r"<(\w+)>", lambda part: parts[part[1]], when))
