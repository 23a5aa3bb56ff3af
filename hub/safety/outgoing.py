"""What leaves the house: masked on its way, and written into the ledger before it goes.

Providers know nothing of it; whoever asks one that isn't `local` does so inside `sending`:

    async with outgoing.sending(llm, LedgerKind.LLM, Freight.TEXT, characters) as shipment:
        async for delta in llm.reply(request): ...
        shipment.used = True

What is sent for a guess at the child's words is sent within `guessing`.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from hub.domain.clock import Clock
from hub.domain.household import Freight, LedgerEntry, LedgerKind
from hub.domain.personal import Masker
from hub.providers.base import Provider
from hub.storage.ledger import LedgerRepository
from hub.storage.store import Store

STEP = 32_000
"""Of what grows while it is sent (a second of sound), so much at most is missing after a power cut."""

LOCAL = "local"
"""In a list of providers that may be asked for a guess: all those in this house."""

turn_in_progress: ContextVar[str | None] = ContextVar("turn_in_progress", default=None)
"""The turn that a task works for, as the guard is asked about texts, not turns."""


class Guess:
    """A guess at the child's words, and all that is sent for it. In the ledger that counts as
    discarded, whatever came back, until the guess is kept: also where the hub ends before."""

    def __init__(self) -> None:
        self._kept = asyncio.Event()
        self._shipments: list[Shipment] = []

    @property
    def is_kept(self) -> bool:
        return self._kept.is_set()

    async def until_kept(self) -> None:
        """For ever, where it is discarded: whoever waits is cancelled then."""
        await self._kept.wait()

    def keep(self) -> None:
        """It was right: the turn is over, and these were the words."""
        self._kept.set()

    async def settle(self) -> None:
        """What was sent before it was kept was of use after all. Raises DataError."""
        for shipment in self._shipments:
            await shipment.settle()

    def add(self, shipment: "Shipment") -> None:
        self._shipments.append(shipment)


_guess: ContextVar[Guess | None] = ContextVar("guess", default=None)
"""The guess that a task works for."""


@contextmanager
def guessing(guess: Guess) -> Iterator[None]:
    """What is sent within, by this task and those that it starts, is for `guess`."""
    before = _guess.set(guess)
    try:
        yield
    finally:
        _guess.reset(before)


@dataclass(slots=True)
class Shipment:
    """One request on its way out. `used` stays False where nothing that came back was of use."""

    amount: int
    used: bool = False
    _row: tuple[LedgerRepository, int] | None = None
    _guess: Guess | None = None
    _closed: bool = False
    _written: tuple[int, bool] = (0, False)
    """The row's amount, and whether it says discarded."""

    async def carry(self, more: int) -> None:
        """`more` is about to be sent."""
        self.amount += more
        if self.amount - self._written[0] >= STEP:
            await self._write(discarded=self._doubtful)

    async def close(self) -> None:
        self._closed = True
        await self.settle()

    async def settle(self) -> None:
        """Write what became of it, once that is known."""
        if self._closed:
            await self._write(discarded=self._doubtful or not self.used)

    @property
    def _doubtful(self) -> bool:
        return self._guess is not None and not self._guess.is_kept

    async def _write(self, *, discarded: bool) -> None:
        if self._row is not None and self._written != (self.amount, discarded):
            ledger, number = self._row
            await ledger.settle(number, self.amount, discarded=discarded)
        self._written = (self.amount, discarded)


GuessProviders = Mapping[LedgerKind, Collection[str]]
"""Names of those that may be asked for a guess, or LOCAL; a kind that isn't there has LOCAL."""


class Outgoing:
    """One for the hub. Where the ledger can't be written, nothing is sent: DataError."""

    def __init__(
        self, store: Store, clock: Clock, guess_with: GuessProviders | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._guess_with = guess_with or {}

    async def masker(self, keep: Iterable[str] = ()) -> Masker:
        """For the household as it is now; `keep` are names that stay, such as the toy's."""
        children = await self._store.children.list()
        adults = await self._store.adults.list()
        names = [child.name for child in children] + [adult.name for adult in adults]
        return Masker(names, keep)

    def may_guess(self, provider: Provider, kind: LedgerKind) -> bool:
        """Whether `provider` is asked for what may be thrown away."""
        names = self._guess_with.get(kind, (LOCAL,))
        return provider.name in names or (provider.local and LOCAL in names)

    @asynccontextmanager
    async def sending(
        self, provider: Provider, kind: LedgerKind, what: Freight, amount: int
    ) -> AsyncIterator[Shipment]:
        """A row for what `provider` is sent, unless it is local: then nothing leaves.

        For a guess waits first until it is kept, where `provider` is not to be asked for guesses.
        """
        guess = _guess.get()
        if guess is not None and not self.may_guess(provider, kind):
            await guess.until_kept()
        if provider.local:
            yield Shipment(amount)
            return
        entry = LedgerEntry(
            self._clock.now(),
            kind,
            provider.name,
            what,
            amount,
            turn_in_progress.get(),
            discarded=guess is not None and not guess.is_kept,
        )
        number = await self._store.ledger.open(entry)
        shipment = Shipment(
            amount,
            _row=(self._store.ledger, number),
            _guess=guess,
            _written=(amount, entry.discarded),
        )
        if guess is not None:
            guess.add(shipment)
        try:
            yield shipment
        finally:
            await shipment.close()
