"""What leaves the home: masked on its way, and written into the ledger, with its cost, before it goes.

Providers know nothing of it; whoever asks one that isn't `local` does so inside `sending`:

    async with outgoing.sending(llm, LedgerKind.LLM, ContentKind.TEXT, characters) as sent:
        async for delta in llm.reply(request):
            sent.got(delta)
        sent.used = True

What is sent for a guess at the child's words is sent within `guessing`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

import structlog

from hub.config import Config
from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ
from hub.domain.clock import Clock
from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.domain.toys import ProviderKind
from hub.egress.masking import Masker
from hub.egress.spending import Price, Spending, Use
from hub.errors import DataError, ProviderAuthError, ProviderRequestError, ProviderUnavailableError
from hub.providers.base import LlmDelta, Provider
from hub.providers.clouds import CloudSwitch
from hub.providers.registry import check_names
from hub.storage.store import Store

log = structlog.get_logger()

STEP = 32_000
"""Of what grows while it is sent (a second of sound), so much at most is missing after a power cut."""

NOT_TAKEN = (ProviderAuthError, ProviderRequestError, ProviderUnavailableError)
"""What a service says that has done nothing, and asks nothing for it."""

LEFT = (asyncio.CancelledError, GeneratorExit)
"""Nobody waits for an answer any more."""

LOCAL = "local"
"""In a list of providers that may be asked for a guess: all those at home."""

turn_in_progress: ContextVar[str | None] = ContextVar("turn_in_progress", default=None)
"""The turn that a task works for, as the guard is asked about texts, not turns."""


class Guess:
    """A guess at the child's words, and all that is sent for it. In the ledger that counts as
    discarded, whatever came back, until the guess is kept: also where the hub ends before."""

    def __init__(self) -> None:
        self._kept = asyncio.Event()
        self._sent: list[SentRequest] = []
        self.failed = False
        """The answer to it broke before it was kept: whatever it was, it is tried again in earnest."""

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
        for sent in self._sent:
            await sent.settle()

    def add(self, sent: "SentRequest") -> None:
        self._sent.append(sent)


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
class _Bill:
    """Where a request stands in the ledger, and what it costs."""

    number: int
    entry: LedgerEntry
    """As it stands there now."""
    price: Price
    store: Store
    spending: Spending

    async def write(self, amount: int, cost_micro_usd: int, *, discarded: bool) -> None:
        before = self.entry
        self.entry = replace(
            before, amount=amount, cost_micro_usd=cost_micro_usd, discarded=discarded
        )
        if self.entry == before:
            return
        await self.store.ledger.settle(self.number, amount, cost_micro_usd, discarded=discarded)
        await self.spending.spent(cost_micro_usd - before.cost_micro_usd)


class SentRequest:
    """One request on its way out. `used` stays False where nothing that came back was of use."""

    def __init__(
        self,
        amount: int,
        bill: _Bill | None = None,
        guess: Guess | None = None,
        clouds: CloudSwitch | None = None,
    ) -> None:
        """`clouds` None: nothing leaves the home."""
        self.amount = amount
        self.used = False
        self._bill = bill
        self._guess = guess
        self._clouds = clouds
        self._closed = False
        self._taken = True
        self._use = Use()

    def got(self, delta: LlmDelta) -> None:
        """A piece of a model's answer, or its count of tokens."""
        use = self._use
        self._use = replace(
            use,
            answered=use.answered + len(delta.text),
            tokens_in=use.tokens_in + delta.tokens_in,
            tokens_out=use.tokens_out + delta.tokens_out,
        )

    async def carry(self, more: int) -> None:
        """`more` is about to be sent. Raises CloudsOffError where that isn't allowed any more."""
        if self._clouds is not None and self._bill is not None:
            self._clouds.require(self._bill.entry.provider)
        self.amount += more
        if self._bill is not None and self.amount - self._bill.entry.amount >= STEP:
            await self._write(discarded=self._doubtful)

    async def close(self, *, taken: bool) -> None:
        """It is over; what the service did not take costs nothing."""
        self._closed, self._taken = True, taken
        await self.settle()

    async def settle(self) -> None:
        """Write what became of it, once that is known."""
        if self._closed:
            await self._write(discarded=self._doubtful or not self.used)

    @property
    def _doubtful(self) -> bool:
        return self._guess is not None and not self._guess.is_kept

    async def _write(self, *, discarded: bool) -> None:
        if self._bill is not None:
            use = used(self._bill.entry.what, self.amount, self._use)
            cost = self._bill.price.micro_usd(use) if self._taken else 0
            await self._bill.write(self.amount, cost, discarded=discarded)


def used(what: ContentKind, amount: int, use: Use) -> Use:
    """`use` with what was sent: characters, or seconds of sound."""
    if what is ContentKind.AUDIO:
        return replace(use, seconds=amount / (SAMPLE_BYTES * SPEECH_RATE_HZ))
    return replace(use, characters=amount)


GuessProviders = Mapping[LedgerKind, Collection[str]]
"""Names of those that may be asked for a guess, or LOCAL; a kind that isn't there has LOCAL."""


class EgressGate:
    """One for the hub. Where the ledger can't be written, nothing is sent: DataError."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        spending: Spending,
        guess_with: GuessProviders | None = None,
        clouds: CloudSwitch | None = None,
    ) -> None:
        """`clouds` None: nobody can turn them off, as in a household without a Privacy page."""
        self._store = store
        self._spending = spending
        self._clock = clock
        self._guess_with = guess_with or {}
        self._clouds = clouds or CloudSwitch(off=False)

    async def masker(self, keep: Iterable[str] = ()) -> Masker:
        """For the household as it is now; `keep` are names that stay, such as the toy's."""
        children = await self._store.children.list(archived=True)
        adults = await self._store.adults.list()
        names = [child.name for child in children] + [adult.name for adult in adults]
        return Masker(names, keep)

    def may_guess(self, provider: Provider, kind: LedgerKind) -> bool:
        """Whether `provider` is asked for what may be thrown away."""
        names = self._guess_with.get(kind, (LOCAL,))
        return provider.name in names or (provider.local and LOCAL in names)

    def require(self, provider: Provider) -> None:
        """Raises CloudsOffError where `provider` is outside the home and all clouds are turned off."""
        if not provider.local:
            self._clouds.require(provider.name)

    async def until_may_ask(self, provider: Provider, kind: LedgerKind) -> None:
        """At once, but where this is for a guess, which `provider` is not to be asked about."""
        guess = _guess.get()
        if guess is not None and not self.may_guess(provider, kind):
            await guess.until_kept()

    @asynccontextmanager
    async def sending(
        self, provider: Provider, kind: LedgerKind, what: ContentKind, amount: int, model: str = ""
    ) -> AsyncIterator[SentRequest]:
        """A row for what `provider` is sent, unless it is local: then nothing leaves.

        `model` is the toy's own choice, for its price. Raises CloudsOffError while all clouds are turned off.

        For a guess waits first until it is kept, where `provider` is not to be asked for guesses.
        """
        await self.until_may_ask(provider, kind)
        guess = _guess.get()
        if provider.local:
            yield SentRequest(amount)
            return
        self.require(provider)
        price = self._spending.price(ProviderKind(kind.value), provider.name, model)
        entry = LedgerEntry(
            self._clock.now(),
            kind,
            provider.name,
            what,
            amount,
            turn_in_progress.get(),
            discarded=guess is not None and not guess.is_kept,
            cost_micro_usd=price.micro_usd(used(what, amount, Use())),
        )
        number = await self._store.ledger.open(entry)
        await self._spending.spent(entry.cost_micro_usd)
        bill = _Bill(number, entry, price, self._store, self._spending)
        sent = SentRequest(amount, bill, guess, self._clouds)
        if guess is not None:
            guess.add(sent)
        taken = True
        try:
            yield sent
        except NOT_TAKEN:
            taken = sent.used
            raise
        finally:
            # `Task.cancelling` doesn't tell: before Python 3.13 a TaskGroup that failed counts in it.
            is_left = isinstance(sys.exception(), LEFT)
            try:
                await sent.close(taken=taken)
            except DataError as error:
                if not is_left:
                    raise
                # Whoever is cancelled ends as that: an error in its place would have the turn go on.
                log.error("what became of a request is not noted", row=number, error=str(error))


def drafting_providers(config: Config) -> GuessProviders:
    """Raises ConfigError for an unknown name."""
    named = {
        LedgerKind.STT: config.stt.drafts,
        LedgerKind.LLM: config.llm.drafts,
        LedgerKind.TTS: config.tts.drafts,
        LedgerKind.SAFETY: config.safety.drafts,
    }
    for kind, names in named.items():
        check_names(ProviderKind(kind), names, key="drafts", word=LOCAL)
    return named
