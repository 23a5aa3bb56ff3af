"""A plain toy of ours as one of Home Assistant's satellites."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.homeassistant.client import Run
from tests.homeassistant.house import LOOPBACK, House, at_home
from tests.voice.processes import PATIENCE_S, Process, Room, free_port, satellite_in
from tests.voice.scripted import until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]

MUTE = "switch.bear_mute"
CONTROLLED = "controls the toy"
BUSY = "binary_sensor.bear_assist_in_progress"


@dataclass(frozen=True)
class Home:
    house: House
    pipeline: str
    room: Room
    toy: Process
    entry_id: str

    async def talks(self, recording: str) -> Run:
        """Somebody speaks to the toy and hears an answer: what Home Assistant made of it."""
        owner, before = self.house.owner, self.room.played_bytes()
        runs = len(await owner.runs(self.pipeline))
        self.room.say(recording)
        await self.room.hears_more(before)
        await owner.becomes(BUSY, "off")
        await self.room.is_quiet()
        new = (await owner.runs(self.pipeline))[runs:]
        assert len(new) == 1
        return new[0]

    def controlled(self) -> int:
        """How often Home Assistant has taken control of the toy."""
        return self.toy.logged(CONTROLLED)

    async def is_controlled(self, times: int) -> None:
        await self.toy.logs(CONTROLLED, times)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    async with _home(tmp_path_factory.mktemp("home")) as home:
        yield home


@asynccontextmanager
async def _home(folder: Path) -> AsyncIterator[Home]:
    room, port = Room(folder), free_port()
    at = ["--host", LOOPBACK, "--interface", LOOPBACK, "--port", str(port)]
    async with at_home(folder) as house, satellite_in(room, folder, "Bear", options=at) as toy:
        pipeline = await house.make_assistant()
        await toy.logs("announced as")
        added = await house.owner.add("wyoming", host=LOOPBACK, port=port)
        assert (added["type"], added["title"]) == ("create_entry", "Bear")
        home = Home(house, pipeline, room, toy, added["result"]["entry_id"])
        await home.is_controlled(1)
        yield home


async def test_a_turn_of_the_toy_goes_through_home_assistant(home: Home) -> None:
    run = await home.talks("spoken_cow.wav")
    assert (run.heard, run.answer) == ("what sound does a cow make", "A cow says moo.")


async def test_a_toy_that_is_muted_there_hears_nothing_until_it_is_unmuted(home: Home) -> None:
    owner = home.house.owner
    assert home.room.listens()
    await owner.service("switch.turn_on", entity_id=MUTE)
    await until(lambda: not home.room.listens(), PATIENCE_S)
    home.room.say("spoken_cow.wav")
    # Until then 2024.3 forgets to tell a satellite that it is unmuted.
    await home.house.home_assistant.logs("Satellite is muted")
    assert home.room.unheard()
    before = home.room.played_bytes()
    await owner.service("switch.turn_off", entity_id=MUTE)
    await home.room.hears_more(before)
    await home.room.is_quiet()


async def test_a_reload_takes_the_toy_anew_and_it_talks(home: Home) -> None:
    taken = home.controlled()
    await home.house.owner.reload(home.entry_id)
    await home.is_controlled(taken + 1)
    assert (await home.talks("spoken_moon.wav")).heard == "how far away is the moon"


async def test_a_toy_that_lost_its_power_is_there_again(home: Home) -> None:
    taken = home.controlled()
    await home.toy.kill()
    await home.toy.start()
    await home.is_controlled(taken + 1)
    assert (await home.talks("spoken_cow.wav")).answer == "A cow says moo."


async def test_home_assistant_and_the_hub_started_anew_find_all_as_it_was(home: Home) -> None:
    taken, house = home.controlled(), home.house
    await house.restart()
    await home.is_controlled(taken + 1)
    assert (await home.talks("spoken_cow.wav")).answer == "A cow says moo."
