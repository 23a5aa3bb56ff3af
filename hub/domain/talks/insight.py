"""What was said, in figures: by day, by subject, and by who did the work. Nobody's words are in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hub.domain.talks.talk import TurnState
from hub.domain.talks.trace import Span


@dataclass(frozen=True, slots=True)
class CountedTurn:
    """Of one of the child's turns what figures are made of."""

    started_at: datetime
    state: TurnState
    heard: str
    audio_in_ms: float
    audio_out_ms: float
    spans: Sequence[Span]
    """Of providers alone."""


@dataclass(frozen=True, slots=True)
class DayFigures:
    day: date
    minutes: float = 0.0
    """Of talking and being talked to."""
    questions: int = 0
    """What the child said and got an answer to, whatever that was."""
    refused: int = 0
    """Of those, what the guard stopped."""
    mistakes: int = 0
    """Of those, what a provider failed at."""


@dataclass(frozen=True, slots=True)
class TopicFigures:
    topic: str
    """One of the words of `hub/knowledge/data/topics.toml`, such as "animals"."""
    questions: int


@dataclass(frozen=True, slots=True)
class FeelingFigures:
    feeling: str
    """One of the words of `hub/knowledge/data/feelings.toml`, such as "sad"."""
    times: int


@dataclass(frozen=True, slots=True)
class ProviderFigures:
    kind: str
    """stt, llm or tts."""
    name: str
    times: int
    """How often it was asked."""
    failed: int
    median_ms: float | None
    """Until its first result; None where it never gave one. For stt from the last word on."""
    slow_ms: float | None
    """Nineteen of twenty were sooner."""
    cost_micro_usd: int


@dataclass(frozen=True, slots=True)
class Insight:
    days: Sequence[DayFigures]
    """The oldest first, today last, each day once."""
    topics: Sequence[TopicFigures]
    """The most frequent first."""
    feelings: Sequence[FeelingFigures]
    providers: Sequence[ProviderFigures]
    all_counted: bool
    """False where a day had more turns than are counted: then its first ones are left out."""
