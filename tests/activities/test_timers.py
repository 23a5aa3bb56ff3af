"""A child sets a timer at its toy, which tells it when the time is over."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hub.activities.timers.activity import SettingTimers
from hub.activities.timers.grammar import TimerGrammar
from hub.activities.timers.timers import MAX_TIMERS, Timers
from hub.core.timers import SpeakingDevice, TimersThatEnd
from hub.domain.safety import SafeText
from hub.domain.talks.talk import TIMER
from hub.domain.toys import Toy
from hub.errors import BusyError
from hub.pipeline.context import Ask
from hub.pipeline.pipeline import Pipeline
from tests.clock import FakeClock
from tests.pipeline.scripted import House, ScriptedLlm, house
from tests.pipeline.turns import record

KEY = "id:1"


class Home:
    """A toy with a speaker that notes what it is to say; `restart` is a hub that starts anew."""

    def __init__(self, home: House, clock: FakeClock) -> None:
        self.house, self.clock = home, clock
        self.said: list[str] = []
        self.talks = False
        self.restart()

    def restart(self) -> None:
        timers, home = Timers(self.house.store), self.house
        activities = [SettingTimers(timers, self.clock)]
        self.pipeline = Pipeline(replace(home.services, activities=activities))
        devices: Mapping[str, SpeakingDevice] = {KEY: self}
        self.ends = TimersThatEnd(timers, devices, self.pipeline, home.store, self.clock)

    async def toy(self) -> Toy:
        return await self.house.store.toys.by_name(self.house.toy.name)

    def say(self, line: SafeText, source: str = "") -> None:
        assert source == TIMER
        if self.talks:
            raise BusyError("it talks")
        self.said.append(line.text)

    async def hears(self, words: str, key: str | None = KEY) -> str:
        async with self.pipeline.turn(
            Ask(await self.toy(), "satellite", text=words, aloud=False, satellite_key=key)
        ) as turn:
            return " ".join(record([event async for event in turn]).said)

    async def after(self, **time: float) -> list[str]:
        """What it says once that time has passed."""
        await self.clock.advance(timedelta(**time).total_seconds())
        await self.ends.tell_ended()
        said, self.said = self.said, []
        return said


@asynccontextmanager
async def at_home(folder: Path) -> AsyncIterator[Home]:
    clock = FakeClock()
    async with house(folder, llms=[ScriptedLlm("All right.")], clock=clock) as home:
        yield Home(home, clock)


async def test_a_timer_is_told_once_when_its_time_is_over_also_after_a_restart(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path) as home:
        assert "five minutes" in await home.hears("Please set a timer for five minutes!")
        assert await home.after(minutes=2) == []
        assert "three minutes" in await home.hears("how long is left on the timer")
        home.restart()
        [told] = await home.after(minutes=3)
        assert "time" in told
        assert await home.after(minutes=1) == []
        assert "No timer" in await home.hears("how much time is left on my timer")


async def test_a_reminder_says_what_it_is_for_in_our_words_alone(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        assert "brushing" in await home.hears("remind me to brush my teeth in half an hour")
        await home.hears("remind me to fetch the purple zebra in one hour")
        assert "zebra" not in str(await home.house.store.meta.get("timers"))
        assert "brushing your teeth" in (await home.after(minutes=30))[0]
        [told] = await home.after(minutes=30)
        assert "zebra" not in told


async def test_it_waits_while_the_toy_talks_or_is_stopped_and_is_let_go_when_late(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path) as home:
        await home.hears("set a one minute timer")
        home.talks = True
        assert await home.after(minutes=1) == []
        home.talks = False
        home.pipeline.emergency_stop.call()
        assert await home.after(minutes=1) == []
        home.pipeline.emergency_stop.lift()
        assert len(await home.after(seconds=1)) == 1
        await home.hears("set a one minute timer")
        await home.house.store.toys.pause(home.house.toy.id, paused=True)
        assert await home.after(minutes=2) == []
        await home.house.store.toys.pause(home.house.toy.id, paused=False)
        assert len(await home.after(seconds=1)) == 1
        await home.hears("set a one minute timer")
        home.talks = True
        assert await home.after(minutes=12) == []
        home.talks = False
        assert await home.after(seconds=1) == []


async def test_a_timer_is_stopped_bounded_and_set_at_a_device_alone(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        for _ in range(MAX_TIMERS):
            await home.hears("set a timer for ten minutes")
        assert "so many" in await home.hears("set a timer for ten minutes")
        assert "timer" in await home.hears("stop all the timers")
        assert await home.after(minutes=10) == []
        assert "ten seconds" in await home.hears("set a timer for nine hours")
        assert "soft body" in await home.hears("set a timer for one minute", key=None)


@pytest.mark.parametrize(
    "words", ["how long do whales live", "remind me", "tell me a story for five minutes", "stop"]
)
def test_what_is_about_something_else_is_left_to_the_model(words: str) -> None:
    assert TimerGrammar.load().read(words, "en", "Pommai") is None
