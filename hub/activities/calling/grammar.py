"""How a child calls for a toy, and what the one that hears it says: one file a language, read once."""

import re
from collections.abc import Mapping
from typing import Final, Self

from hub.activities.words import Written, base_language, languages, plain_words

MAX_WORDS_CHARS: Final = 120
"""Whoever calls for a toy needs no more."""


class Sayings(Written):
    """The lines for each occasion, with the {name} of who is called."""

    coming: tuple[str, ...]
    here: tuple[str, ...]
    resting: tuple[str, ...]
    not_allowed: tuple[str, ...]


class _Language(Written):
    polite: tuple[str, ...]
    when: tuple[str, ...]
    say: Sayings


class CallGrammar:
    """All languages; where one has no file, a child's words are left to the model."""

    def __init__(self, languages: Mapping[str, _Language]) -> None:
        self._languages = languages
        self._patterns = {
            name: [re.compile(when.replace("<toy>", "(?P<toy>.+?)")) for when in language.when]
            for name, language in languages.items()
        }

    @classmethod
    def load(cls) -> Self:
        return cls(languages(__package__, _Language))

    def read(self, words: str, language: str, toy_name: str) -> set[str]:
        """What may be the plain name of a toy that is called; `toy_name` is who hears it."""
        known = self._languages.get(base_language(language))
        if known is None or len(words) > MAX_WORDS_CHARS:
            return set()
        polite = "|".join(map(re.escape, known.polite))
        before = f"{polite}|{re.escape(plain_words(toy_name))}"
        plain = re.sub(rf"^(?:(?:{before}) )+|(?: (?:{polite}))+$", "", plain_words(words))
        found = [pattern.fullmatch(plain) for pattern in self._patterns[base_language(language)]]
        return {call["toy"] for call in found if call}

    def say(self, language: str) -> Sayings:
        """Of a language in which a call was read."""
        return self._languages[base_language(language)].say
