"""What leaves the house: masked on its way, and written into the ledger before it goes.

Providers know nothing of it; whoever asks one that isn't `local` does so inside `sending`:

    async with outgoing.sending(llm, LedgerKind.LLM, Freight.TEXT, characters) as shipment:
        async for delta in llm.reply(request): ...
        shipment.used = True
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from hub.domain.clock import Clock
from hub.domain.household import Freight, LedgerEntry, LedgerKind
from hub.domain.personal import Masker
from hub.providers.base import Provider
from hub.storage.ledger import LedgerRepository
from hub.storage.store import Store

STEP = 32_000
"""Of what grows while it is sent (a second of sound), so much at most is missing after a power cut."""

turn_in_progress: ContextVar[str | None] = ContextVar("turn_in_progress", default=None)
"""The turn that a task works for, as the guard is asked about texts, not turns."""


@dataclass(slots=True)
class Shipment:
    """One request on its way out. `used` stays False where nothing that came back was of use."""

    amount: int
    used: bool = False
    _row: tuple[LedgerRepository, int] | None = None
    _written: int = field(init=False)

    def __post_init__(self) -> None:
        self._written = self.amount

    async def carry(self, more: int) -> None:
        """`more` is about to be sent."""
        self.amount += more
        if self.amount - self._written >= STEP:
            await self._settle(discarded=False)

    async def close(self) -> None:
        if self.amount != self._written or not self.used:
            await self._settle(discarded=not self.used)

    async def _settle(self, *, discarded: bool) -> None:
        if self._row is not None:
            ledger, number = self._row
            await ledger.settle(number, self.amount, discarded=discarded)
        self._written = self.amount


class Outgoing:
    """One for the hub. Where the ledger can't be written, nothing is sent: DataError."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def masker(self, keep: Iterable[str] = ()) -> Masker:
        """For the household as it is now; `keep` are names that stay, such as the toy's."""
        children = await self._store.children.list()
        adults = await self._store.adults.list()
        names = [child.name for child in children] + [adult.name for adult in adults]
        return Masker(names, keep)

    @asynccontextmanager
    async def sending(
        self, provider: Provider, kind: LedgerKind, what: Freight, amount: int
    ) -> AsyncIterator[Shipment]:
        """A row for what `provider` is sent, unless it is local: then nothing leaves."""
        if provider.local:
            yield Shipment(amount)
            return
        entry = LedgerEntry(
            self._clock.now(), kind, provider.name, what, amount, turn_in_progress.get()
        )
        number = await self._store.ledger.open(entry)
        shipment = Shipment(amount, _row=(self._store.ledger, number))
        try:
            yield shipment
        finally:
            await shipment.close()
