"""A child calls another toy into the device that it speaks to, where a parent allows that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hub.activities.bedtime.activity import Lulling
from hub.activities.calling.activity import Call, CallingToys
from hub.activities.calling.grammar import CallGrammar
from hub.core.devices import Devices
from hub.core.family.visits import Visits
from hub.core.toys.called import CalledToys
from hub.domain.household import Household
from hub.domain.talks.talk import Turn
from hub.domain.toys import Toy
from hub.errors import NotFoundError
from hub.pipeline.context import Ask
from hub.pipeline.pipeline import Pipeline
from tests.clock import FakeClock
from tests.devices.fleets import at, running_fleet
from tests.devices.scripted import PretendSatellite, until
from tests.pipeline.scripted import House, ScriptedLlm, house
from tests.pipeline.turns import record


class Home:
    """A real fleet with one device, in which the household's first toy lives, beside Fox and Owl."""

    def __init__(self, home: House, calling: CallingToys, devices: Devices) -> None:
        self.house, self.calling, self.devices = home, calling, devices
        self.called = False
        """In the last turn."""
        services = replace(home.services, activities=[calling], on_end=self._on_end)
        self.pipeline = Pipeline(services)

    @property
    def key(self) -> str:
        return self.devices.list()[0].key

    @property
    def lives_there(self) -> str | None:
        return self.devices.list()[0].toy_id

    async def hears(self, words: str, *, typed: bool = False) -> Turn:
        toy = await self.house.store.toys.get(self.lives_there or "")
        assert toy is not None
        key = None if typed else self.key
        ask = Ask(toy, "satellite", text=words, aloud=False, satellite_key=key)
        async with self.pipeline.turn(ask) as turn:
            return record([event async for event in turn])

    async def refuses(self, words: str) -> str:
        """What is said where nobody is to come."""
        said = " ".join((await self.hears(words)).said)
        assert not self.called
        return said

    def _on_end(self, turn: Turn) -> None:
        self.calling.turn_ended(turn)
        self.called = not self.calling.ended.empty()


@asynccontextmanager
async def at_home(folder: Path) -> AsyncIterator[Home]:
    async with (
        house(folder, llms=[ScriptedLlm("All right.")], clock=FakeClock()) as home,
        running_fleet(home.store, home.bus, folder) as fleet,
        PretendSatellite("Body") as body,
    ):
        await home.store.household.save(Household(time_zone="UTC", break_after_minutes=0))
        for name in ("Fox", "Owl"):
            await home.store.toys.save(Toy(name.lower(), name))
        await fleet.adopt(at(body.port), home.toy)
        calling = CallingToys(home.store)
        devices = Devices(fleet, home.pipeline, home.store, Lulling(home.clock))
        async with asyncio.TaskGroup() as tasks:
            called = tasks.create_task(CalledToys(calling, fleet, home.store).run())
            yield Home(home, calling, devices)
            called.cancel()


async def test_a_toy_that_a_parent_allows_comes_when_the_turn_has_ended_and_is_called_back(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path) as home:
        own = home.house.toy
        await home.devices.let_call(home.key, ["fox"])
        [kept] = await home.house.store.satellites.list()
        assert set(kept.callable_toys) == {"fox", own.id}
        turn = await home.hears("Please, can I talk to Fox?")
        assert (turn.toy_id, turn.providers["activity"]) == (own.id, "calling")
        assert "Fox" in turn.said[0]
        await until(lambda: home.lives_there == "fox")
        assert "here" in await home.refuses("I want the fox!")
        await home.hears(f"I want {own.name} back")
        await until(lambda: home.lives_there == own.id)


async def test_nobody_comes_where_that_is_not_allowed(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        store, own = home.house.store, home.house.toy
        assert "grown-up" in await home.refuses("I want Fox")
        await home.devices.let_call(home.key, ["Fox"])
        assert "grown-up" in await home.refuses("let me talk to Owl")
        await store.toys.pause("fox", paused=True)
        assert "Fox is resting" in await home.refuses("I want Fox")
        await store.toys.pause("fox", paused=False)
        assert (await home.hears("I want Fox", typed=True)).said == ["All right."]
        assert await home.refuses("I want a cookie") == "All right."
        await Visits(store, home.house.clock).begin(own, "Anna", 5)
        assert "grown-up" in await home.refuses("I want Fox")
        assert home.lives_there == own.id
        with pytest.raises(NotFoundError, match="Nobody"):
            await home.devices.let_call(home.key, ["Nobody"])


async def test_a_call_holds_no_more_where_a_parent_was_quicker(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        await home.devices.let_call(home.key, ["Fox", "Owl"])
        turn = await home.hears("I want Fox")
        await until(lambda: home.lives_there == "fox")
        home.calling.ended.put_nowait(Call(home.key, turn.toy_id, "owl"))
        await until(home.calling.ended.empty)
        await home.hears("I want Owl")
        await until(lambda: home.lives_there == "owl")


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("Hey Pommai, can we play with Fox now?", "en"),
        ("could you get me the fox, please", "en-GB"),
        ("Can Fox come back?", "en"),
        ("Ich will mit dem Fox spielen!", "de"),
        ("Kann ich bitte mit Fox reden?", "de"),
        ("Hol mal Fox", "de"),
    ],
)
def test_children_call_in_their_own_ways(words: str, language: str) -> None:
    assert "fox" in CallGrammar.load().read(words, language, "Pommai")


@pytest.mark.parametrize("words", ["why is Fox sad", "I do not want Fox", "tell me about Fox"])
def test_who_only_speaks_of_a_toy_calls_none(words: str) -> None:
    assert not CallGrammar.load().read(words, "en", "Pommai")
