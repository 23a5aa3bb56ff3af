"""The talk before a turn, as the guard and the persona need it: with what was refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.domain.safety import DISCLOSURES, Category, ContextLine, Direction, Verdict
from hub.domain.talk import Turn

CALM_TURNS = 4
"""So many turns after something serious the toy is calm: no jokes, no games of its own."""
SERIOUS = DISCLOSURES | {Category.STRANGER_GROOMING}


@dataclass(frozen=True, slots=True)
class SoFar:
    """The turns of the current conversation, the oldest first."""

    turns: Sequence[Turn]

    def context(self) -> list[ContextLine]:
        """What was said, by either side, whether the guard let the child's words pass or not."""
        lines = []
        for turn in self.turns:
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
