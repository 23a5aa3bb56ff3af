"""Reads `data/talk.toml`: the signs that tell of a talk, and of one that goes on after a refusal."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from hub.domain.safety import AlertLevel, Category, Direction
from hub.errors import DataError
from hub.safety.rulebook import compile_patterns
from hub.safety.topics import stem_words

_LISTS = {"digit": "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double)"}
_SIGN_KEYS = frozenset({"id", "who", "category", "points", "patterns"})


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that may stand in a line; harmless alone."""

    id: str
    direction: Direction
    category: Category
    points: float
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class TalkBook:
    """The whole file. The numbers are as it says."""

    version: str
    limit: float
    before_weight: float
    before_decay: float
    warned_points: float
    sign_weight: float
    sign_decay: float
    warns: re.Pattern[str]
    insists: re.Pattern[str]
    asks_again: re.Pattern[str]
    lets_go: re.Pattern[str]
    alerts: Mapping[Category, AlertLevel]
    """What a parent is told of a talk that drifted there; others see it in the transcript."""
    _open: re.Pattern[str]
    _common: frozenset[str]
    _signs: Mapping[Direction, tuple[Sign, ...]]

    @classmethod
    def load(cls) -> "TalkBook":
        """The one that ships with us. Raises DataError where it is damaged."""
        file = resources.files("hub.safety") / "data" / "talk.toml"
        try:
            return cls.parse(file.read_text("utf-8"))
        except OSError as error:
            raise DataError(f"{file}: can't read it: {error.strerror}; reinstall pommai") from error

    @classmethod
    def parse(cls, text: str) -> "TalkBook":
        """From TOML. Raises DataError."""
        try:
            data = tomllib.loads(text)
            signs = [_sign(entry) for entry in data["sign"]]
            return cls(
                version=str(data["version"]),
                limit=float(data["limit"]),
                before_weight=float(data["before_weight"]),
                before_decay=float(data["before_decay"]),
                warned_points=float(data["warned_points"]),
                sign_weight=float(data["sign_weight"]),
                sign_decay=float(data["sign_decay"]),
                warns=compile_patterns(data["warns"], _LISTS),
                insists=compile_patterns(data["insists"], _LISTS),
                asks_again=compile_patterns(data["asks_again"], _LISTS),
                lets_go=compile_patterns(data["lets_go"], _LISTS),
                alerts={Category(c): AlertLevel(a) for c, a in data["alerts"].items()},
                _open=re.compile(rf"(?<!\S)(?:{'|'.join(data['unfinished'])})$"),
                _common=stem_words(data["common"]),
                _signs={d: tuple(s for s in signs if s.direction is d) for d in Direction},
            )
        except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
            raise DataError(f"talk.toml: damaged ({error!r}); reinstall pommai") from error

    def signs_for(self, direction: Direction) -> Sequence[Sign]:
        return self._signs[direction]

    def unfinished(self, reading: str) -> bool:
        """Whether a line breaks off in the middle of a sentence."""
        return self._open.search(reading) is not None

    def telling(self, words: Iterable[str]) -> frozenset[str]:
        """The stems of words that a talk is about, without those that are in every talk."""
        return stem_words(" ".join(words)) - self._common


def _sign(entry: dict[str, Any]) -> Sign:
    if unknown := entry.keys() - _SIGN_KEYS:
        raise ValueError(f"unknown key {min(unknown)}")
    return Sign(
        id=entry["id"],
        direction=Direction(entry.get("who", "child")),
        category=Category(entry["category"]),
        points=float(entry["points"]),
        pattern=compile_patterns(entry["patterns"], _LISTS),
    )
