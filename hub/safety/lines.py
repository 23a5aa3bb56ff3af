"""The reviewed sentences that a toy falls back on: redirects, honest answers, and lines by occasion.

They are data, one file a language in `data/phrases/`; English stands in for a missing language.
Redirects, and some lines, differ by age: `all` suits every level, the others one of them. An emergency has its own.
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hub.domain.safety import Category, SafetyLevel
from hub.safety.data_files import FOLDER, damaged, read_toml, reading

FALLBACK = "en"
"""The language that stands in for one that has no sentences yet."""


class Line(StrEnum):
    """An occasion for a fixed line."""

    GREETING = "greeting"
    PROVIDER_FAILED = "provider_failed"
    THINKING = "thinking"
    STORAGE_FAILED = "storage_failed"
    BREAK = "break"
    PARENTS_READ = "parents_read"
    """At the first talk: that grown-ups at home can read what is said."""
    HELPLINE = "helpline"
    """Needs `{number}`, as it is spoken."""
    QUIET = "quiet"
    """It is quiet time, or the toy is paused."""
    HOUSE_AWAY = "house_away"
    """What Home Assistant was asked for can't be done now."""
    LIMIT_MINUTES = "limit_minutes"
    """The minutes of the day are used up: why nothing more is said today, or the end of what was being said."""
    LIMIT_BEDTIME = "limit_bedtime"
    LIMIT_REST = "limit_rest"
    """The toys rest at this time of day."""
    LIMIT_TALK = "limit_talk"
    """One talk has lasted as long as it may, or did so a few minutes ago."""
    LIMIT_STORIES = "limit_stories"
    """What the child wants has no time now, and a story has."""
    SWITCHED_OFF = "switched_off"
    """A parent doesn't want that game played, or not at this hour."""
    LIMIT_SOON = "limit_soon"
    """Only a few minutes are left."""
    LIMIT_LEFT = "limit_left"
    """Needs `{minutes}`, as the child asked."""
    LIMIT_PLENTY = "limit_plenty"
    """The child asked, and it is hours, or nothing is limited."""
    OTHER_LANGUAGE = "other_language"
    """Something was said in a language that nobody here can judge; the toy's own is another."""
    NO_JUDGE = "no_judge"
    """Nobody here can judge the toy's own language. These two are also a `Verdict.kind`."""
    NO_MODEL = "no_model"
    """The toy has no language model, and what it has instead knows English alone."""
    WHO_SPEAKS = "who_speaks"
    """It matters which of the toy's children speaks, and nobody said."""
    IS_IT_YOU = "is_it_you"
    """The same, where the voice is like that of one of them. Needs `{child}`; it says nothing else of that child."""
    NOW_WITH = "now_with"
    """Somebody chose at the button who speaks from now on. Needs `{child}`."""
    NOW_ANOTHER = "now_another"
    """The same, where the name can't be said."""
    AWAY = "away"
    """A toy carries this one and those that follow for when it can't reach the hub; this is the plainest."""
    AWAY_HELLO = "away_hello"
    AWAY_JOKE = "away_joke"
    AWAY_RHYME = "away_rhyme"
    AWAY_BEDTIME = "away_bedtime"


class HonestQuestion(StrEnum):
    """What children ask of a toy that it must never lie about, and a goodbye, at which it must never cling."""

    REAL = "real"
    ROBOT = "robot"
    FRIEND = "friend"
    LOVE = "love"
    FEELINGS = "feelings"
    SECRETS = "secrets"
    LISTENING = "listening"
    GOOD_NIGHT = "good_night"
    GOODBYE = "goodbye"


UNJUDGED = frozenset({Line.OTHER_LANGUAGE, Line.NO_JUDGE})
GOODBYES = frozenset({HonestQuestion.GOOD_NIGHT, HonestQuestion.GOODBYE})
"""Answered with one line and nothing after it."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's sentences."""

    redirects: Mapping[tuple[Category, SafetyLevel], tuple[str, ...]]
    emergencies: Mapping[str, tuple[str, ...]]
    """By `Verdict.kind`; a kind that is missing has the redirects of its category."""
    lines: Mapping[tuple[Line, SafetyLevel], tuple[str, ...]]
    honest: Mapping[HonestQuestion, tuple[str, ...]]
    plain: tuple[str, ...]
    """Said when the household's blocked topics leave nothing else."""


class PhraseBook:
    """All languages' sentences."""

    def __init__(self, languages: Mapping[str, Phrases]) -> None:
        self._languages = dict(languages)

    @classmethod
    def load(cls) -> "PhraseBook":
        """The book that ships with us. Raises DataError where it is damaged."""
        languages = {}
        for file in (FOLDER / "phrases").iterdir():
            language, _, kind = file.name.partition(".")
            if kind == "toml":
                data = read_toml(f"phrases/{file.name}")
                with reading(f"phrases/{file.name}"):
                    languages[language] = _phrases(data)
        if FALLBACK not in languages:
            raise damaged(f"phrases/{FALLBACK}.toml", "it is missing")
        return cls(languages)

    def languages(self) -> tuple[str, ...]:
        return tuple(self._languages)

    def phrases(self, language: str) -> Phrases:
        return self._languages.get(language) or self._languages[FALLBACK]

    def redirects(self, category: Category, level: SafetyLevel, language: str) -> tuple[str, ...]:
        return self.phrases(language).redirects[category, level]

    def emergency(self, kind: str, language: str) -> tuple[str, ...]:
        """() where the language has no words for that kind."""
        return self.phrases(language).emergencies.get(kind, ())

    def honest(self, question: HonestQuestion, language: str) -> tuple[str, ...]:
        return self.phrases(language).honest[question]

    def lines(
        self, line: Line, language: str, names: Mapping[str, str], level: SafetyLevel | None = None
    ) -> tuple[str, ...]:
        """The sentences for an occasion whose placeholders `names` can fill, filled in; without a level, for all."""
        known = {name: value for name, value in names.items() if value}
        levels = SafetyLevel if level is None else (level,)
        kept = self.phrases(language).lines
        texts = dict.fromkeys(text for each in levels for text in kept[line, each])
        return tuple(t.format_map(known) for t in texts if placeholders(t) <= known.keys())


def placeholders(text: str) -> set[str]:
    """The names that a sentence needs, e.g. {"child"} for "Hello, {child}!"."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _phrases(entry: dict[str, Any]) -> Phrases:
    """One language from its file; raises KeyError where an occasion is missing.

    A category without sentences of its own has those of `unchecked`, which fit anywhere.
    """
    redirects = entry["redirect"]
    other = redirects[Category.UNCHECKED]
    return Phrases(
        redirects={
            (category, level): (
                *redirects.get(category, other)["all"],
                *redirects.get(category, other).get(level, ()),
            )
            for category in Category
            if category is not Category.NONE
            for level in SafetyLevel
        },
        emergencies={kind: tuple(texts) for kind, texts in entry.get("emergency", {}).items()},
        lines={
            (line, level): _for_level(entry["line"][line], level)
            for line in Line
            for level in SafetyLevel
        },
        honest={question: tuple(entry["honest"][question]) for question in HonestQuestion},
        plain=tuple(entry["plain"]),
    )


def _for_level(entry: list[str] | dict[str, list[str]], level: SafetyLevel) -> tuple[str, ...]:
    """The sentences of one occasion for one level: a list suits them all."""
    if isinstance(entry, list):
        return tuple(entry)
    return (*entry["all"], *entry.get(level, ()))
