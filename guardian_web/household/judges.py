"""The second judges in a parent's words: how long they take, how often they miss, and what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from guardian_web.pages import layer_words
from guardian_web.talks.cards import money
from hub.core.judges import JudgeUse
from hub.domain.household import Cost, LedgerKind


@dataclass(frozen=True, slots=True)
class JudgeCard:
    name: str
    added: bool
    asked: int
    missed: int
    half: str
    slow: str
    limit: str
    cost: str


def judge_card(use: JudgeUse, costs: Sequence[Cost]) -> JudgeCard:
    """`costs` of this month."""
    spent = sum(
        cost.micro_usd
        for cost in costs
        if (cost.kind, cost.provider) == (LedgerKind.SAFETY, use.name)
    )
    return JudgeCard(
        layer_words(use.name),
        use.added,
        use.asked,
        use.missed,
        half=_seconds(use.half_ms),
        slow=_seconds(use.slow_ms),
        limit=_seconds(use.limit_ms),
        cost=money(spent) if spent else "nothing",
    )


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.2f} s"
