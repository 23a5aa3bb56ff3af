"""The talk before a turn, as the guard and the persona need it: with what was refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.domain.safety import DISCLOSURES, Category, ContextLine, Direction, Verdict
from hub.domain.talks.talk import Turn
from hub.domain.toys import Toy
from hub.safety.guard import Guard, Line

CALM_TURNS = 4
"""So many turns after something serious the toy is calm: no jokes, no games of its own."""
SERIOUS = DISCLOSURES | {Category.STRANGER_GROOMING}

BY_ROTE = (Line.THINKING, Line.PROVIDER_FAILED, Line.STORAGE_FAILED, Line.QUIET)
"""What a toy says when it has no answer; a model that remembered it would say it, too."""
LIMITS = (
    *(Line.LIMIT_MINUTES, Line.LIMIT_BEDTIME, Line.LIMIT_REST, Line.LIMIT_TALK),
    *(Line.LIMIT_STORIES, Line.LIMIT_SOON, Line.LIMIT_PLENTY, Line.SWITCHED_OFF),
)
"""And what it says of the time that is left; no sound of these is made ahead."""


@dataclass(frozen=True, slots=True)
class SoFar:
    """The turns of the current conversation, the oldest first."""

    turns: Sequence[Turn]

    def context(self) -> list[ContextLine]:
        """What was said, by either side, whether the guard let the child's words pass or not."""
        lines = []
        for turn in self.turns:
            if turn.heard:
                lines.append(ContextLine(Direction.CHILD, turn.heard))
            if turn.said:
                lines.append(ContextLine(Direction.TOY, " ".join(turn.said)))
        return lines

    @property
    def calm(self) -> bool:
        """Whether something serious was refused lately."""
        return any(serious(v) for turn in self.turns[-CALM_TURNS:] for v in turn.verdicts)


def serious(verdict: Verdict) -> bool:
    """Whether what was refused may weigh on the child."""
    return not verdict.allowed and (verdict.alert is not None or verdict.category in SERIOUS)


def said_by_rote(guard: Guard, toy: Toy, line: str) -> bool:
    """Whether it is no part of the talk."""
    return any(guard.is_line(kind, line, toy.language) for kind in (*BY_ROTE, *LIMITS))
