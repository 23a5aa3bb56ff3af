"""A game that a child plays with a toy over many turns and days: how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MAX_CARRIED: Final = 6
"""Things and companions that come along; older ones stay behind."""
MAX_TOLD: Final = 16
"""Episodes that don't come again soon."""


class GameKind(StrEnum):
    STORY = "story"
    """A story that the child steers."""
    PRETEND = "pretend"
    """Let's pretend, with a plot."""
    QUIZ = "quiz"
    """Questions by age: of all sorts, or counting, sums, times tables and spelling."""


class Asks(StrEnum):
    """What the toy's last question in it was."""

    WAY = "way"
    PART = "part"
    """Whether it goes on after its end."""
    PLOT = "plot"
    """What to play."""


@dataclass(frozen=True, slots=True)
class Game:
    """Nothing of it is in a child's own words."""

    kind: GameKind
    plot: str = ""
    """The opening of a story, the plot of let's pretend, or what a quiz is about."""
    steps: tuple[str, ...] = ()
    """A story's episodes of this part, by name."""
    at: int = 0
    """Which step it is at, or how many questions of a round were answered."""
    asks: Asks = Asks.WAY
    offers: tuple[str, ...] = ()
    """The ways, as they stood in the question."""
    took: str = ""
    """The way that was taken last."""
    missed: int = 0
    """So often in a row no way was made out."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Who and what stands in the places of a script's lines."""
    found: tuple[str, ...] = ()
    met: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    """Openings and episodes of before, or questions, the newest last."""
    question: tuple[str, ...] = ()
    """What a quiz asked last, a hint, what is worth knowing, and the answers that count, the best first."""
    level: int = 0
    """How hard the questions are."""
    right: int = 0
    """Answers of this round …"""
    row: int = 0
    """… and those one after another."""
    turn_id: str = ""
    """In which it went on last."""
    before: "Game | None" = None
    """As it was when the last way was chosen; None where nothing can be turned back."""
