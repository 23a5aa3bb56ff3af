"""The reviewed sentences that a toy falls back on: redirects by category, and lines by occasion.

They are data (`data/redirects.toml`), keyed by language; English stands in for a missing one.
"""

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any

from hub.domain.safety import Category
from hub.errors import DataError

FALLBACK = "en"
"""The language that stands in for one that has no sentences yet."""


class Line(StrEnum):
    """An occasion for a fixed line."""

    GREETING = "greeting"
    NOT_HEARD = "not_heard"
    PROVIDER_FAILED = "provider_failed"
    THINKING = "thinking"
    GOODBYE = "goodbye"
    STORAGE_FAILED = "storage_failed"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's sentences."""

    redirects: Mapping[Category, tuple[str, ...]]
    lines: Mapping[Line, tuple[str, ...]]
    plain: tuple[str, ...]
    """Said when the household's blocked topics leave nothing else."""


class PhraseBook:
    """All languages' sentences."""

    def __init__(self, languages: Mapping[str, Phrases]) -> None:
        self._languages = dict(languages)

    @classmethod
    def load(cls) -> "PhraseBook":
        """The book that ships with us. Raises DataError where it is damaged."""
        file = resources.files("hub.safety") / "data" / "redirects.toml"
        try:
            data = tomllib.loads(file.read_text("utf-8"))
            languages = {language: _phrases(entry) for language, entry in data.items()}
            languages[FALLBACK]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{file}: damaged ({error!r}); reinstall pommai") from error
        return cls(languages)

    def languages(self) -> tuple[str, ...]:
        return tuple(self._languages)

    def phrases(self, language: str) -> Phrases:
        return self._languages.get(language) or self._languages[FALLBACK]

    def redirects(self, category: Category, language: str) -> tuple[str, ...]:
        return self.phrases(language).redirects[category]

    def lines(self, line: Line, language: str, names: Mapping[str, str]) -> tuple[str, ...]:
        """The sentences for an occasion whose placeholders `names` can fill, filled in."""
        known = {name: value for name, value in names.items() if value}
        texts = self.phrases(language).lines[line]
        return tuple(t.format_map(known) for t in texts if placeholders(t) <= known.keys())


def placeholders(text: str) -> set[str]:
    """The names that a sentence needs, e.g. {"child"} for "Hello, {child}!"."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _phrases(entry: dict[str, Any]) -> Phrases:
    """One language from its table; raises KeyError where a category or an occasion is missing."""
    return Phrases(
        redirects={c: tuple(entry["redirect"][c]) for c in Category if c is not Category.NONE},
        lines={line: tuple(entry["line"][line]) for line in Line},
        plain=tuple(entry["plain"]),
    )
