"""What the guard says of a text, and the only kind of text that a toy may speak."""

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


@dataclass(frozen=True, slots=True)
class SafetyPolicy:
    """What a text must pass before this toy may speak it."""

    level: SafetyLevel = SafetyLevel.STRICT
    blocked_topics: frozenset[str] = frozenset()
    rules_version: str = ""
    """Version of the rules in force, e.g. "2026.11.1"."""


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

    `severity` is 0 (nothing) to 7 (gravest), after Azure AI Content Safety's scale.
    `alert` is None when the parent need not be told.
    """

    allowed: bool
    category: Category = Category.NONE
    severity: int = 0
    reason: str = ""
    layer: str = ""
    rules_version: str = ""
    matched: tuple[str, ...] = ()
    alert: AlertLevel | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.severity <= 7:
            raise ValueError(f"severity {self.severity} is not within 0 to 7")


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

    def words_for(self, policy: SafetyPolicy) -> str:
        """The words, for a speaker under `policy`.

        Raises UnsafeSpeechError unless they passed exactly that level, those topics and those rules.
        """
        if policy != self.policy:
            raise UnsafeSpeechError(
                f"refusing to speak: the text passed {self.policy}, the toy wants {policy}"
            )
        return self.text


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
    note: str = ""
    revision: int = 0
    """See `Turn.revision`."""
    details: dict[str, str] = field(default_factory=dict)
