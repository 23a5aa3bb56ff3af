"""What services outside the house cost, held to the month's budget that a parent set.

When it is spent, what costs money is left out of every toy's list, so that toys go on with what runs
at home; parents are told then, and when four fifths are gone. A check of the guard that costs goes
on: a toy must not become less careful because money is short.
"""

import asyncio
import uuid
from datetime import datetime

from hub.domain.clock import Clock
from hub.domain.household import Household
from hub.domain.safety import Alert, AlertLevel, Category
from hub.domain.toys import ProviderKind
from hub.providers.prices import Price, Prices
from hub.storage.store import Store

MICRO_USD_A_CENT = 10_000
TOLD_AT_PERCENT = (100, 80)
TOLD = "budget_told"


class Spending:
    """One for the hub."""

    def __init__(self, store: Store, prices: Prices, clock: Clock) -> None:
        self._store = store
        self._prices = prices
        self._clock = clock
        self._month: datetime | None = None
        """The beginning of the month that `_spent` is of."""
        self._spent = 0
        self._telling = asyncio.Lock()

    def price(self, kind: ProviderKind, provider: str, model: str = "") -> Price:
        """`model` is a toy's own; "" the configured one."""
        return self._prices.of(kind, provider, model)

    async def may_cost(self, kind: ProviderKind, provider: str, model: str = "") -> bool:
        """Whether that provider, which is outside the house, may be asked now; `model` as in `price`."""
        if self.price(kind, provider, model).free:
            return True
        household = await self._store.household.get()
        return await self._this_month(household) < _cap(household)

    async def spent(self, micro_usd: int) -> None:
        """So much more was spent, and is in the ledger."""
        if micro_usd == 0:
            return
        self._spent += micro_usd
        household = await self._store.household.get()
        spent, cap = await self._this_month(household), _cap(household)
        reached = [percent for percent in TOLD_AT_PERCENT if 100 * spent >= percent * cap > 0]
        if reached:
            async with self._telling:
                await self._tell(household, reached[0], spent)

    async def _this_month(self, household: Household) -> int:
        month = household.month_of(self._clock.now())
        if month != self._month:
            costs = await self._store.ledger.costs_since(month)
            self._month, self._spent = month, sum(cost.micro_usd for cost in costs)
        return self._spent

    async def _tell(self, household: Household, percent: int, spent: int) -> None:
        """Once a month for each step and budget."""
        now = self._clock.now()
        cap = household.monthly_cap_cents
        told = f"{household.local(now):%Y-%m} {cap} {percent}"
        before = await self._store.meta.get(TOLD) or ""
        if before == told or before == told.removesuffix(f"{percent}") + "100":
            return
        used_up = percent == 100
        note = Alert(
            id=uuid.uuid4().hex,
            level=AlertLevel.WARNING,
            category=Category.NONE,
            title="The month's budget for paid services is used up"
            if used_up
            else f"{percent} % of the month's budget for paid services is used up",
            at=now,
            details={
                "spent": f"${spent / 1_000_000:.2f}",
                "budget": f"${cap / 100:.2f}",
                "now": "until the month ends, the toys answer with what runs at home"
                if used_up
                else "when it is used up, the toys answer with what runs at home",
            },
        )
        await self._store.alerts.add(note)
        await self._store.meta.set(TOLD, told)


def _cap(household: Household) -> int:
    return household.monthly_cap_cents * MICRO_USD_A_CENT
