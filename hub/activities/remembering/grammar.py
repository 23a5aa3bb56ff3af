"""What a child asks of its toy's memory, and the lines to answer with: one file a language, read once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from hub.activities.words import Written, base_language, languages, plain_words, without

MAX_WORDS_CHARS: Final = 200
"""Whoever asks for one thing needs no more."""


class Wish(StrEnum):
    """What is asked; of two that fit the first is meant."""

    KNOW = "know"
    """All that is known of the child."""
    FORGET_LAST = "forget_last"
    FORGET_ALL = "forget_all"
    FORGET = "forget"
    """What `MemoryRequest.about` is about."""
    RECALL = "recall"
    """The same, to be told."""


@dataclass(frozen=True, slots=True)
class MemoryRequest:
    wish: Wish
    about: str = ""


class Sayings(Written):
    """The lines for each occasion."""

    know: tuple[str, ...]
    more: tuple[str, ...]
    nothing: tuple[str, ...]
    off: tuple[str, ...]
    who: tuple[str, ...]
    recall: tuple[str, ...]
    forgotten: tuple[str, ...]
    all_forgotten: tuple[str, ...]


class _Language(Written):
    polite: tuple[str, ...]
    when: Mapping[Wish, tuple[str, ...]]
    say: Sayings


class MemoryGrammar:
    """All languages; where one has no file, a child's words are left to the model."""

    def __init__(self, languages: Mapping[str, _Language]) -> None:
        self._languages = languages
        self._patterns = {
            name: [
                (wish, re.compile(when.replace("<x>", "(?P<of>.+)")))
                for wish in Wish
                for when in language.when[wish]
            ]
            for name, language in languages.items()
        }

    @classmethod
    def load(cls) -> Self:
        return cls(languages(__package__, _Language))

    def read(self, words: str, language: str, toy_name: str) -> MemoryRequest | None:
        """None where the words are about something else."""
        known = self._languages.get(base_language(language))
        if known is None or len(words) > MAX_WORDS_CHARS:
            return None
        plain = without(plain_words(words), (*known.polite, plain_words(toy_name)))
        for wish, pattern in self._patterns[base_language(language)]:
            if found := pattern.fullmatch(plain):
                return MemoryRequest(wish, found.groupdict().get("of") or "")
        return None

    def say(self, language: str) -> Sayings:
        return self._languages[base_language(language)].say
