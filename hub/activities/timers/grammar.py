"""How a child asks for a timer, and what is said: one file a language, read once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, Self

from hub.activities.words import Written, base_language, languages, plain_words, without
from hub.providers.llm.storyteller import numbers

MAX_WORDS_CHARS: Final = 200
"""Whoever asks for a timer needs no more."""


class Wish(StrEnum):
    SET = "set"
    LEFT = "left"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class TimerRequest:
    wish: Wish
    lasts: timedelta = timedelta()
    thing: str = ""
    """What the child is to be reminded of, in words of ours; "": only the time is told."""


class Sayings(Written):
    """The lines for each occasion, with {time} and {thing}."""

    set: tuple[str, ...]
    set_for: tuple[str, ...]
    odd: tuple[str, ...]
    many: tuple[str, ...]
    nowhere: tuple[str, ...]
    left: tuple[str, ...]
    none: tuple[str, ...]
    cancelled: tuple[str, ...]
    over: tuple[str, ...]
    over_for: tuple[str, ...]


class _Language(Written):
    polite: tuple[str, ...]
    when: Mapping[Wish, tuple[str, ...]]
    units: Mapping[str, tuple[str, ...]]
    """By the name of an argument of `timedelta`: one of it, then many."""
    things: Mapping[str, str]
    say: Sayings


class TimerGrammar:
    """All languages; where one has no file, a child's words are left to the model."""

    def __init__(self, languages: Mapping[str, _Language]) -> None:
        self._languages = languages
        self._patterns = {
            name: [
                (wish, _pattern(when, language))
                for wish, whens in language.when.items()
                for when in whens
            ]
            for name, language in languages.items()
        }

    @classmethod
    def load(cls) -> Self:
        return cls(languages(__package__, _Language))

    def read(self, words: str, language: str, toy_name: str) -> TimerRequest | None:
        """None where the words are about something else."""
        known = self._languages.get(base_language(language))
        if known is None or len(words) > MAX_WORDS_CHARS:
            return None
        plain = without(plain_words(words), (*known.polite, plain_words(toy_name)))
        for wish, pattern in self._patterns[base_language(language)]:
            if found := pattern.fullmatch(plain):
                parts = found.groupdict()
                if wish is not Wish.SET:
                    return TimerRequest(wish)
                return TimerRequest(wish, _lasts(parts, known), _thing(parts.get("x") or "", known))
        return None

    def things(self, language: str) -> tuple[str, ...]:
        """Of what a child can be reminded, in words of ours; none where that language has no file."""
        known = self._languages.get(base_language(language))
        return tuple(known.things.values()) if known else ()

    def say(self, language: str) -> Sayings:
        """In English where that language has no file."""
        return (self._languages.get(base_language(language)) or self._languages["en"]).say

    def spoken(self, lasts: timedelta, language: str) -> str:
        """ "five minutes": whole ones of the greatest unit that fits, rounded up."""
        units = self._languages[base_language(language)].units
        for name in ("hours", "minutes", "seconds"):
            one = timedelta(**{name: 1})
            if lasts >= one and (name != "hours" or lasts % one == timedelta()):
                break
        count = max(1, -(-lasts // one))
        return f"{numbers.spoken(count)} {units[name][0 if count == 1 else 1]}"


def _pattern(when: str, language: _Language) -> re.Pattern[str]:
    units = "|".join(word for words in language.units.values() for word in reversed(words))
    time = rf"(?P<count>(?:an?|half an?|{numbers.NUMBER})) (?P<unit>{units})"
    return re.compile(when.replace("<time>", time).replace("<x>", "(?P<x>.+)"))


def _lasts(parts: Mapping[str, str | None], language: _Language) -> timedelta:
    count, unit = parts["count"] or "", parts["unit"]
    name = next(name for name, words in language.units.items() if unit in words)
    one = timedelta(**{name: 1})
    if count.startswith("half"):
        return one / 2
    return one * (1 if count in ("a", "an") else numbers.value(count))


def _thing(said: str, language: _Language) -> str:
    return next((told for when, told in language.things.items() if re.fullmatch(when, said)), "")
