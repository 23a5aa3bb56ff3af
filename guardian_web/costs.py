"""What services outside the house cost, in a parent's words: of a turn, and of the month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from guardian_web.cards import KIND_WORDS, TurnCard, turn_card
from guardian_web.guardian_hub import GuardianHub
from hub.domain.household import Cost, Household
from hub.domain.talk import Turn
from hub.domain.toys import Toy

MICRO = 1_000_000
KINDS = KIND_WORDS | {"safety": "Checking"}


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


def money(micro_usd: int) -> str:
    """US dollars; what is less than a cent, in parts of one."""
    if 0 < micro_usd < MICRO // 100:
        cents = f"{micro_usd * 100 / MICRO:.2f}"
        return f"{cents} ¢" if cents != "0.00" else "less than 0.01 ¢"
    return f"${micro_usd / MICRO:,.2f}"


async def turn_cards(
    hub: GuardianHub, turns: Sequence[Turn], toys: Iterable[Toy]
) -> list[TurnCard]:
    """With what each turn cost."""
    known = list(toys)
    costs = await hub.family.costs_of([turn.id for turn in turns])
    return [turn_card(turn, known, _in_words(costs.get(turn.id, ()))) for turn in turns]


def _in_words(costs: Sequence[Cost]) -> str:
    if not costs:
        return ""
    whole = money(sum(cost.micro_usd for cost in costs))
    if len(costs) == 1:
        return f"{whole} ({costs[0].provider})"
    parts = ", ".join(f"{cost.provider} {money(cost.micro_usd)}" for cost in costs)
    return f"{whole} ({parts})"
