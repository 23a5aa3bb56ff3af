"""What cloud services cost this month, in a parent's words."""

from collections.abc import Sequence
from dataclasses import dataclass

from guardian_web.talks.cards import KIND_WORDS, MICRO, money
from hub.domain.household import Cost, Household, LedgerKind
from hub.translation import gettext as _
from hub.translation import marked

KINDS = KIND_WORDS | {
    "safety": marked("Checking"),
    "embedding": marked("Finding what toys know"),
}


@dataclass(frozen=True, slots=True)
class CostLine:
    provider: str
    what: str
    money: str
    percent: float
    """Of the dearest, for its bar."""


@dataclass(frozen=True, slots=True)
class MonthCosts:
    name: str
    """Such as "May 2026"."""
    spent: str
    budget: str
    percent: float
    """Of the budget, 100 at most."""
    used_up: bool
    lines: Sequence[CostLine]


def cost_of_judge(name: str, costs: Sequence[Cost]) -> str:
    """Of one check among `costs`."""
    judged = (LedgerKind.SAFETY, name)
    spent = sum(cost.micro_usd for cost in costs if (cost.kind, cost.provider) == judged)
    return money(spent) if spent else _("nothing")


def month_costs(costs: Sequence[Cost], household: Household, month: str) -> MonthCosts:
    """`costs` the dearest first."""
    spent = sum(cost.micro_usd for cost in costs)
    cap = household.monthly_cap_cents * MICRO // 100
    dearest = max((cost.micro_usd for cost in costs), default=1)
    return MonthCosts(
        name=month,
        spent=money(spent),
        budget=money(cap),
        percent=round(min(100.0, 100 * spent / cap), 1) if cap else 0.0,
        used_up=0 < cap <= spent,
        lines=[
            CostLine(
                cost.provider,
                KINDS[cost.kind.value],
                money(cost.micro_usd),
                round(100 * cost.micro_usd / dearest, 1),
            )
            for cost in costs
        ],
    )
