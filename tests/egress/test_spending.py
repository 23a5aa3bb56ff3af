"""The month's budget: what a turn costs is counted, and what costs is left out when it is spent."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hub.alerts.maker import AlertMaker
from hub.config import Config
from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.domain.safety import Alert, AlertLevel
from hub.domain.toys import ProviderKind
from hub.egress.gate import EgressGate, turn_in_progress
from hub.egress.spending import Prices, Spending
from hub.errors import DiskFullError, ProviderAuthError, ProviderError
from hub.events import Bus
from hub.providers.base import LlmDelta, Provider
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.new_household import open_household
from tests.pipeline.scripted import Scripted
from tests.safety.checks import fails_in_a_group

CONFIG = Config.model_validate({"llm": {"openai": {"preset": "openai"}}})
DAY_S = 86_400.0


class Cloud(Scripted):
    local = False


class Rig:
    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.restart()

    def restart(self) -> None:
        self.spending = Spending(
            self.store, Prices.load(CONFIG), self.clock, AlertMaker(self.store, self.clock)
        )
        self.outgoing = EgressGate(self.store, self.clock, self.spending)

    async def budget(self, cents: int) -> None:
        household = await self.store.household.get()
        await self.store.household.save(replace(household, monthly_cap_cents=cents))

    async def speak(self, characters: int, error: Exception | None = None) -> None:
        await self.send(Cloud("elevenlabs"), LedgerKind.TTS, ContentKind.TEXT, characters, error)

    async def send(
        self,
        provider: Provider,
        kind: LedgerKind,
        what: ContentKind,
        amount: int,
        error: Exception | None = None,
    ) -> None:
        async with self.outgoing.sending(provider, kind, what, amount) as shipment:
            if error is not None:
                raise error
            shipment.used = True

    async def costs(self) -> list[int]:
        return [entry.cost_micro_usd for entry in reversed(await self.store.ledger.recent(99))]

    async def may_speak(self) -> bool:
        return await self.spending.may_cost(ProviderKind.TTS, "elevenlabs")

    async def told(self) -> list[str]:
        return [alert.title for alert in reversed(await self.store.alerts.list(99))]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    clock = FakeClock()
    database = await open_household(tmp_path, clock)
    yield Rig(Store(database, Bus(), clock), clock)
    await database.aclose()


async def test_each_request_has_its_cost_in_the_ledger(rig: Rig) -> None:
    turn_in_progress.set("t1")
    await rig.speak(200)
    async with rig.outgoing.sending(
        Cloud("deepgram"), LedgerKind.STT, ContentKind.AUDIO, 0
    ) as shipment:
        await shipment.carry(32_000 * 10)
        shipment.used = True
    async with rig.outgoing.sending(
        Cloud("openai"), LedgerKind.LLM, ContentKind.TEXT, 3000
    ) as shipment:
        shipment.got(LlmDelta("Once"))
        shipment.got(LlmDelta("", 1000, 100))
        shipment.used = True
    assert await rig.costs() == [10_000, 800, 560]
    costs = (await rig.store.ledger.costs_of(["t1", "t2"]))["t1"]
    assert [(c.kind, c.provider, c.micro_usd) for c in costs] == [
        (LedgerKind.TTS, "elevenlabs", 10_000),
        (LedgerKind.STT, "deepgram", 800),
        (LedgerKind.LLM, "openai", 560),
    ]


async def test_a_ledger_that_fails_is_an_error_also_after_a_group_of_tasks_failed(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*args: object, **row: object) -> None:
        raise DiskFullError("the disk is full")

    monkeypatch.setattr(rig.store.ledger, "settle", full)
    await fails_in_a_group()
    with pytest.raises(DiskFullError):
        async with rig.outgoing.sending(
            Cloud("openai"), LedgerKind.LLM, ContentKind.TEXT, 3000
        ) as shipment:
            shipment.got(LlmDelta("Once", 1000, 100))


async def test_what_is_thrown_away_costs_too_and_what_was_not_taken_does_not(rig: Rig) -> None:
    with pytest.raises(ProviderError):
        await rig.speak(100, ProviderError("elevenlabs: broke off"))
    with pytest.raises(ProviderAuthError):
        await rig.speak(100, ProviderAuthError("elevenlabs: refused the key"))
    assert await rig.costs() == [5000, 0]
    assert await rig.store.ledger.costs_since(rig.clock.now() - timedelta(days=1)) != []


async def test_what_is_at_home_costs_nothing(rig: Rig) -> None:
    await rig.send(Scripted("elevenlabs"), LedgerKind.TTS, ContentKind.TEXT, 100)
    assert await rig.costs() == []


async def test_nothing_that_costs_is_asked_when_the_budget_is_spent_until_the_month_ends(
    rig: Rig,
) -> None:
    await rig.budget(1)
    await rig.speak(199)
    assert await rig.may_speak()
    await rig.speak(1)
    assert not await rig.may_speak()
    rig.restart()
    assert not await rig.may_speak()
    assert await rig.spending.may_cost(ProviderKind.SAFETY, "openai")  # asks no money
    await rig.clock.advance(28 * DAY_S)  # from the 4th of May into June
    assert await rig.may_speak()


async def test_a_parent_who_raises_the_budget_is_heard_at_once(rig: Rig) -> None:
    await rig.budget(1)
    await rig.speak(200)
    assert not await rig.may_speak()
    await rig.budget(2)
    assert await rig.may_speak()


async def test_a_budget_of_nothing_means_no_paid_provider(rig: Rig) -> None:
    await rig.budget(0)
    assert not await rig.may_speak()
    assert await rig.told() == []


async def test_parents_are_told_at_four_fifths_and_when_it_is_spent_once_a_month(rig: Rig) -> None:
    await rig.budget(10)
    await rig.speak(1500)
    assert await rig.told() == []
    await rig.speak(200)
    await rig.speak(100)
    rig.restart()
    assert await rig.told() == ["80 % of the month's budget for paid services is used up"]
    await rig.speak(200)
    await rig.speak(200)
    rig.restart()
    await rig.speak(200)
    assert await rig.told() == [
        "80 % of the month's budget for paid services is used up",
        "The month's budget for paid services is used up",
    ]
    [spent, _] = await rig.store.alerts.list(2)
    assert spent.level is AlertLevel.WARNING
    assert (spent.details["spent"], spent.details["budget"]) == ("$0.10", "$0.10")
    await rig.clock.advance(28 * DAY_S)
    await rig.speak(2000)
    assert len(await rig.told()) == 3


async def test_many_requests_at_once_tell_of_it_once(rig: Rig) -> None:
    await rig.budget(1)
    await rig.speak(100)
    await asyncio.gather(*(rig.speak(100) for _ in range(8)))
    assert await rig.told() == ["The month's budget for paid services is used up"]


async def test_the_month_is_the_households_own(rig: Rig) -> None:
    household = await rig.store.household.get()
    await rig.store.household.save(replace(household, time_zone="Asia/Kolkata"))
    await rig.budget(1)
    await rig.speak(200)
    await rig.clock.advance(27 * DAY_S + 3.4 * 3600)  # the 31st, 18:24 UTC: 23:54 in Kolkata
    assert not await rig.may_speak()
    await rig.clock.advance(600)
    assert await rig.may_speak()


async def test_the_months_sum_is_by_provider(rig: Rig) -> None:
    now = rig.clock.now()
    await rig.store.ledger.add(
        LedgerEntry(
            now - timedelta(days=40), LedgerKind.TTS, "rime", ContentKind.TEXT, 9, cost_micro_usd=9
        )
    )
    await rig.speak(10)
    await rig.speak(20)
    household = await rig.store.household.get()
    [cost] = await rig.store.ledger.costs_since(household.month_of(now))
    assert (cost.provider, cost.micro_usd) == ("elevenlabs", 1500)


async def test_a_toys_own_model_is_held_to_the_budget_where_the_households_is_free(
    rig: Rig,
) -> None:
    config = Config.model_validate(
        {"llm": {"openai": {"preset": "openrouter", "model": "tiny/model:free"}}}
    )
    spending = Spending(rig.store, Prices.load(config), rig.clock, AlertMaker(rig.store, rig.clock))
    await rig.budget(0)
    assert await spending.may_cost(ProviderKind.LLM, "openai")
    assert not await spending.may_cost(ProviderKind.LLM, "openai", "large/model")


async def test_parents_who_could_not_be_told_are_told_at_the_next_request(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(alert: Alert) -> None:
        raise DiskFullError("the disk is full")

    await rig.budget(1)
    with monkeypatch.context() as broken:
        broken.setattr(rig.store.alerts, "add", full)
        with pytest.raises(DiskFullError):
            await rig.speak(200)
    await rig.speak(1)
    assert await rig.told() == ["The month's budget for paid services is used up"]
