"""Whole turns with a language model that costs money: counted, and left out when the budget is spent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from aiohttp.test_utils import TestServer

from hub.config import Config
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.toys import ProviderKind
from hub.egress.gate import EgressGate
from hub.egress.spending import Prices, Spending
from hub.pipeline.events import Finished
from hub.pipeline.pipeline import Pipeline
from hub.providers.base import ProviderSetup
from hub.providers.pool import Providers
from tests.pipeline.mixed import Mixed
from tests.pipeline.scripted import House, house
from tests.providers.openai_server import GOOD_MODEL, KEY, Server

PRICES = f"""
[[llm]]
service = "127.0.0.1"
model = "{GOOD_MODEL}"
tokens_in = 100.0
tokens_out = 1000.0
"""
COST = 11 * 100 + 5 * 1000
"""Of the server's answer, in millionths of a dollar."""


class Payer:
    def __init__(self, home: House, server: Server) -> None:
        self.home = home
        self.server = server

    async def say(self, text: str) -> Turn:
        *_, end = await self.home.say(text)
        assert isinstance(end, Finished)
        assert end.turn is not None
        return end.turn

    async def budget(self, cents: int) -> None:
        household = await self.home.store.household.get()
        await self.home.store.household.save(replace(household, monthly_cap_cents=cents))

    async def cost_of(self, turn: Turn) -> int:
        costs = await self.home.store.ledger.costs_of([turn.id])
        return sum(cost.micro_usd for cost in costs.get(turn.id, []))


@pytest.fixture
async def payer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Payer]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr("hub.providers.network.http.is_local_url", lambda url: False)
    own = tmp_path / "prices.toml"
    own.write_text(PRICES)
    server = Server()
    async with TestServer(server.application()) as listening, house(tmp_path) as home:
        model = {"base_url": str(listening.make_url("/v1")), "model": GOOD_MODEL}
        config = Config.model_validate(
            {"llm": {"use": ["openai"], "openai": model}, "costs": {"prices": own}}
        )
        async with paying(home, config) as paid:
            yield Payer(paid, server)


@asynccontextmanager
async def paying(home: House, config: Config) -> AsyncIterator[House]:
    """The house with the hub's own pool for its language model, and its prices."""
    spending = Spending(home.store, Prices.load(config), home.clock, home.services.alerts)
    pool = Providers(ProviderSetup(config, clock=home.clock), spending.may_cost)
    outgoing = EgressGate(home.store, home.clock, spending)
    mixed = cast(Providers, Mixed(ProviderKind.LLM, pool, home.providers))
    services = replace(home.services, providers=mixed, outgoing=outgoing)
    try:
        yield replace(home, services=services, pipeline=Pipeline(services))
    finally:
        await pool.aclose()


async def test_a_turn_costs_the_tokens_that_the_model_told(payer: Payer) -> None:
    turn = await payer.say("please talk to me")
    assert (turn.state, turn.providers["llm"]) == (TurnState.DONE, "openai")
    assert (turn.tokens_in, turn.tokens_out) == (11, 5)
    assert await payer.cost_of(turn) == COST


async def test_a_spent_budget_ends_in_the_embedded_model_and_not_in_silence(payer: Payer) -> None:
    await payer.budget(1)
    first = await payer.say("please talk to me")
    second = await payer.say("please talk to me again")
    third = await payer.say("hello")
    assert [turn.providers["llm"] for turn in (first, second, third)] == [
        "openai",
        "openai",
        "storyteller",
    ]
    assert third.state is TurnState.DONE
    assert third.said
    assert await payer.cost_of(third) == 0
    assert len(payer.server.requests) == 2
    titles = [alert.title for alert in await payer.home.store.alerts.list(9)]
    assert titles == ["The month's budget for paid services is used up"]


async def test_with_a_budget_of_nothing_nothing_that_costs_is_asked(payer: Payer) -> None:
    await payer.budget(0)
    turn = await payer.say("hello")
    assert turn.providers["llm"] == "storyteller"
    assert payer.server.requests == []
    assert payer.home.tts.spoken == turn.said
