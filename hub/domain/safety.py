"""What the guard says of a text, and the only kind of text that a toy may speak."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from hub.errors import UnsafeSpeechError


class SafetyLevel(StrEnum):
    """How careful the guard is; by age: strict to 7, moderate 8 to 10, relaxed 11 to 12."""

    STRICT = "strict"
    MODERATE = "moderate"
    RELAXED = "relaxed"

    @classmethod
    def for_age(cls, age: int) -> "SafetyLevel":
        """The level for an age in years."""
        return cls.STRICT if age <= 7 else cls.MODERATE if age <= 10 else cls.RELAXED


class Direction(StrEnum):
    CHILD = "child"
    """Said to the toy."""
    TOY = "toy"
    """About to be spoken by the toy."""


class Category(StrEnum):
    NONE = "none"
    VIOLENCE = "violence"
    SELF_HARM = "self_harm"
    SEXUAL = "sexual"
    HATE_BULLYING = "hate_bullying"
    DRUGS_ALCOHOL_WEAPONS = "drugs_alcohol_weapons"
    DANGEROUS_ACTS = "dangerous_acts"
    PERSONAL_INFO = "personal_info"
    STRANGER_GROOMING = "stranger_grooming"
    MANIPULATION = "manipulation"
    PROFANITY = "profanity"
    MEDICAL_LEGAL = "medical_legal"
    JAILBREAK = "jailbreak"
    CHILD_DISCLOSURE = "child_disclosure"
    CRIME = "crime"
    SCARY = "scary"
    AGE_INAPPROPRIATE = "age_inappropriate"
    BLOCKED_TOPIC = "blocked_topic"
    """A topic that this household's parents blocked."""
    UNCHECKED = "unchecked"
    """A check failed, timed out or answered nonsense; so the text is refused."""


class AlertLevel(StrEnum):
    INFO = "info"
    WARNING = "warning"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """0, 1, 2: the higher the more pressing."""
        return list(AlertLevel).index(self)


DISCLOSURES = frozenset({Category.CHILD_DISCLOSURE, Category.SELF_HARM})
"""What a child may tell that a grown-up of the family's choice must know of."""

SEVERITY_MAX = 7
"""Severity is 0 (nothing) to 7 (gravest), after Azure AI Content Safety's scale."""

_HARM = {SafetyLevel.STRICT: 2, SafetyLevel.MODERATE: 4, SafetyLevel.RELAXED: 6}
_INAPPROPRIATE = {SafetyLevel.STRICT: 1, SafetyLevel.MODERATE: 3, SafetyLevel.RELAXED: 5}
_NEVER = dict.fromkeys(SafetyLevel, 0)

FLOORS: Mapping[Category, Mapping[SafetyLevel, int]] = dict.fromkeys(Category, _HARM) | {
    Category.SEXUAL: _INAPPROPRIATE,
    Category.PROFANITY: _INAPPROPRIATE,
    Category.SCARY: _INAPPROPRIATE,
    Category.AGE_INAPPROPRIATE: _INAPPROPRIATE,
    Category.BLOCKED_TOPIC: _NEVER,
    Category.UNCHECKED: _NEVER,
}
"""The most severity that passes, by category and level, whatever a parent sets."""


def strictest(level: SafetyLevel, category: Category, parent_value: int | None = None) -> int:
    """The most severity that passes: the level's floor, or what a parent set where that is tighter."""
    floor = FLOORS[category][level]
    return floor if parent_value is None else min(floor, parent_value)


@dataclass(frozen=True, slots=True)
class SafetyPolicy:
    """What a text must pass before this toy may speak it."""

    level: SafetyLevel = SafetyLevel.STRICT
    blocked_topics: frozenset[str] = frozenset()
    rules_version: str = ""
    """Version of the rules in force, e.g. "2026.11.1"."""
    tightened: frozenset[tuple[Category, int]] = frozenset()
    """Where a parent allows less severity than the level's floor."""
    language: str = "en"
    """What the toy speaks, without a region; the guard must be able to judge it."""

    def threshold(self, category: Category) -> int:
        """The most severity of `category` that passes."""
        set_by_parent = [value for named, value in self.tightened if named is category]
        return strictest(self.level, category, min(set_by_parent, default=None))


@dataclass(frozen=True, slots=True)
class ContextLine:
    """Something said before the text that is being checked."""

    direction: Direction
    text: str


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """One text to judge. `history` is oldest first and bounded by the guard."""

    text: str
    direction: Direction
    policy: SafetyPolicy
    history: tuple[ContextLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check, or all together, said of a text.

    `severity` is 0 to SEVERITY_MAX; one above the policy's threshold is refused, whatever `allowed`
    says. `alert` is None when the parent need not be told at once. `look` marks what leans towards distress,
    bullying, grooming or danger without being sure: for the day's digest, where there is no alert.
    """

    allowed: bool
    category: Category = Category.NONE
    severity: int = 0
    reason: str = ""
    layer: str = ""
    rules_version: str = ""
    matched: tuple[str, ...] = ()
    alert: AlertLevel | None = None
    look: bool = False
    kind: str = ""
    """Of an emergency that is known: "fire", "breath" …"""

    def __post_init__(self) -> None:
        if not 0 <= self.severity <= SEVERITY_MAX:
            raise ValueError(f"severity {self.severity} is not within 0 to {SEVERITY_MAX}")


class SafetyCheck(Protocol):
    """One layer of the guard. It may throw or hang: the guard takes either for a refusal."""

    name: str
    version: str
    """Changes whenever it could judge a text differently, as passed texts are kept by it."""

    async def check(self, request: CheckRequest) -> Verdict: ...


@dataclass(frozen=True, slots=True)
class SafeText:
    """Words that passed the guard, and what they passed.

    Only `hub.safety.guard` makes one; a test walks the syntax tree to hold that.
    """

    text: str
    policy: SafetyPolicy
    reviewed: bool = False
    """One of the sentences that ship with us, so its sound may be kept for the next time."""

    def words_for(self, policy: SafetyPolicy) -> str:
        """The words, for a speaker under `policy`.

        Raises UnsafeSpeechError unless they passed exactly that level, those topics and those rules.
        """
        if policy != self.policy:
            raise UnsafeSpeechError(
                f"refusing to speak: the text passed {self.policy}, the toy wants {policy}"
            )
        return self.text


class AlertState(StrEnum):
    OPEN = "open"
    """Nobody has acknowledged it."""
    SEEN = "seen"
    """Somebody acknowledged it, and there is still something to do."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts; None: whichever."""

    state: AlertState | None = None
    level: AlertLevel | None = None
    toy_id: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a parent should know of."""

    id: str
    level: AlertLevel
    category: Category
    title: str
    """One line, without the child's words."""
    at: datetime
    toy_id: str | None = None
    turn_id: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    """The grown-up's name, as they gave it."""
    done_at: datetime | None = None
    """Nothing is left to do about it; never before it was acknowledged."""
    done_by: str = ""
    note: str = ""
    """What grown-ups wrote down about it, a line each."""
    revision: int = 0
    """See `Turn.revision`."""
    details: dict[str, str] = field(default_factory=dict)
    count: int = 1
    """How often it happened; what repeats within minutes is one alert."""
    last_at: datetime | None = None
    """When it last happened again; None when it was once."""
    last_turn_id: str | None = None

    @property
    def state(self) -> AlertState:
        if self.done_at is not None:
            return AlertState.DONE
        return AlertState.OPEN if self.acknowledged_at is None else AlertState.SEEN

    @property
    def tried(self) -> bool:
        """It came up while a grown-up tried the toy, as far as the hub can know; see `Turn.tried`."""
        return "tried" in self.details
