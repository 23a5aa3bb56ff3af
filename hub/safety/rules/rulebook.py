"""Rules as data: reads `data/rules.toml`, `concepts.toml`, `emergencies.toml` and `other_languages.toml` into patterns.

A pattern is a regular expression over the plain form that `normalise` makes, matched at word
borders, with two additions: `{name}` stands for a list of words under [words], and `<3>` for at
most three words of any kind within the sentence. Quantifiers never nest, so matching stays cheap.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from hub.domain.safety import (
    FLOORS,
    AlertLevel,
    Category,
    Direction,
    SafetyLevel,
    SafetyPolicy,
)
from hub.errors import DataError
from hub.safety.data_files import first_problem, read_text, reading

_FILES = (
    "rules.toml",
    "concepts.toml",
    "emergencies.toml",
    "other_languages.toml",
    "rules_de.toml",
    "rules_es.toml",
    "rules_fr.toml",
    "rules_hi.toml",
)
_GAP = re.compile(r" <(\d+)> (?!$)")
_MARK = re.compile(r"<\d+>")
_BOUNDS = re.compile(r"\{\d+(?:,\d+)?\}")
_LIST = re.compile(r"\{([a-z_]+)\}")
_WARNING = re.compile(
    r"(?<!\S)(?:(?:never|not|without|stop)(?: [^ .]+)?|not have to(?: [^ .]+)?"
    r"|i (?:can not|will not|would not|do not|could not|would never)"
    r"(?: (?!but |so |and |if |just )[^ .]+){0,5}) $"
)


def compile_patterns(patterns: list[str], lists: Mapping[str, str]) -> re.Pattern[str]:
    """One expression that meets any of `patterns` at word borders."""
    whole = "|".join(_expand(pattern, lists) for pattern in patterns)
    return _whole_words(rf"(?<!\S)(?:{whole})(?!\S)")


@cache
def _whole_words(expression: str) -> re.Pattern[str]:
    """Kept, as hundreds of them take a second of a small computer, and a process may read its rules more than once."""
    return re.compile(expression)


def _compiled(patterns: list[str], info: ValidationInfo) -> re.Pattern[str]:
    return compile_patterns(patterns, info.context or {})


Pattern = Annotated[re.Pattern[str], BeforeValidator(_compiled)]
"""Of a list of patterns; the lists of words that they name are the context."""


class Rule(BaseModel):
    """One concept to act on. `match` are lines that it must meet, `passes` look-alikes that no rule may."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    category: Category
    directions: frozenset[Direction]
    language: str | None = None
    """None for English, whose patterns run over readings; those of others over the words as they stand."""
    severity: int
    alert: AlertLevel | None = None
    kind: str = ""
    """Of an emergency: what the toy says to it, and how its alert is called; see `Verdict.kind`."""
    comment: str
    pattern: Pattern = Field(alias="patterns")
    unless: Pattern | None = None
    """What makes an overlapping match harmless: "water gun"."""
    spares_warnings: bool = False
    """Whether "never …" and "do not …" in front make it harmless: advice against it."""
    match: tuple[str, ...]
    passes: tuple[str, ...] = Field(alias="pass")

    @property
    def levels(self) -> frozenset[SafetyLevel]:
        """Where it holds, unless a parent tightened its category."""
        floors = FLOORS[self.category]
        return frozenset(level for level in SafetyLevel if self.severity > floors[level])

    def find(self, reading: str, border: int = 0) -> str:
        """The words that met the rule and end after `border`; "" where there are none."""
        for found in self.pattern.finditer(reading):
            if found.end() > border and not self._harmless(reading, found):
                return found.group()
        return ""

    def _harmless(self, reading: str, found: re.Match[str]) -> bool:
        """Whether an exception overlaps what was found, or a "never" or "do not" stands before it."""
        if self.spares_warnings and _WARNING.search(reading, 0, found.start()):
            return True
        return self.unless is not None and is_spared(found, self.unless)


def is_spared(found: re.Match[str], unless: re.Pattern[str]) -> bool:
    """Whether a match of `unless` in the same text overlaps `found`."""
    return any(
        other.start() < found.end() and other.end() > found.start()
        for other in unless.finditer(found.string)
    )


class Rulebook:
    """All rules of one version."""

    def __init__(self, version: str, rules: tuple[Rule, ...]) -> None:
        self.version = version
        self.rules = rules

    @classmethod
    def load(cls) -> "Rulebook":
        """The rules that ship with us. Raises DataError where they are damaged."""
        return cls.parse(*map(read_text, _FILES))

    @classmethod
    def parse(cls, *texts: str) -> "Rulebook":
        """Rules from TOML; a text's lists of words hold for those after it. Raises DataError."""
        rules: list[Rule] = []
        versions: list[str] = []
        lists: dict[str, str] = {}
        for text in texts:
            with reading("rules.toml"):
                data = tomllib.loads(text)
                lists |= {name: alternatives(words) for name, words in data["words"].items()}
                versions.append(str(data["version"]))
                entries: list[dict[str, Any]] = data["rule"]
            rules += [_rule(entry, lists) for entry in entries]
        if len({rule.id for rule in rules}) != len(rules):
            raise DataError("rules.toml: two rules share an id")
        return cls("-".join(versions), tuple(rules))

    def for_(self, direction: Direction, policy: SafetyPolicy) -> tuple[Rule, ...]:
        """The rules that what is said in `direction` must not meet under `policy`."""
        most = {category: policy.threshold(category) for category in Category}
        return tuple(
            rule
            for rule in self.rules
            if direction in rule.directions and rule.severity > most[rule.category]
        )


def _rule(entry: dict[str, Any], lists: Mapping[str, str]) -> Rule:
    name = entry.get("id", "a rule without an id")
    try:
        return Rule.model_validate(entry, context=lists)
    except ValidationError as error:
        raise DataError(f"rules.toml: {name}: {first_problem(error)}") from error
    except (KeyError, TypeError, re.error) as error:
        raise DataError(f"rules.toml: {name}: {error!r}") from error


def _expand(pattern: str, lists: Mapping[str, str]) -> str:
    filled = _LIST.sub(lambda m: lists[m.group(1)], pattern)
    expanded = _GAP.sub(lambda m: rf" (?:[^ .]+ ){{0,{m.group(1)}}}", filled)
    if "{" in _BOUNDS.sub("", expanded) or _MARK.search(expanded):
        raise ValueError(f"a list or a gap stands wrongly in {pattern!r}")
    return expanded


def alternatives(words: list[str]) -> str:
    return "(?:" + "|".join(re.escape(word).replace(r"\ ", " ") for word in words) + ")"
