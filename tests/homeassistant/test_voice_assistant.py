"""Home Assistant's voice assistant with the hub as its ears and its voice, and a plain toy of ours as its satellite."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.devices.processes import PATIENCE_S, Process, Room, free_port, satellite_in
from tests.devices.scripted import until
from tests.homeassistant.client import Run
from tests.homeassistant.house import LOOPBACK, House, at_home
from tests.homeassistant.running import QUESTIONS

pytestmark = pytest.mark.asyncio(loop_scope="module")

MUTE = "switch.bear_mute"
CONTROLLED = "controls the toy"
COW = "what sound does a cow make"
MOO = QUESTIONS[COW]


@dataclass(frozen=True)
class Home:
    """A toy, and the house in which Home Assistant has it."""

    house: House
    pipeline: str
    name: str
    room: Room
    toy: Process
    entry_id: str

    async def runs(self) -> list[Run]:
        """Of its assistant, so far."""
        return await self.house.owner.runs(self.pipeline)

    async def talks(self, *recordings: str) -> Run:
        """Somebody speaks to the toy and hears an answer: what Home Assistant made of it."""
        before, runs = self.room.played_bytes(), len(await self.runs())
        while self.room.played_bytes() == before:
            self.room.say(*recordings)
            await self.plays_or_was_lost(before, self.controlled())
        await self.house.owner.becomes(
            f"binary_sensor.{self.name.lower()}_assist_in_progress", "off"
        )
        await self.room.is_quiet()
        *_, run = (await self.runs())[runs:]
        return run

    def controlled(self) -> int:
        """How often Home Assistant has taken control of the toy."""
        return self.toy.logged(CONTROLLED)

    async def plays_or_was_lost(self, before: int, taken: int) -> None:
        """Home Assistant lets go of a toy that it did not hear for 5 s, as when it is too busy, and takes it again."""

        def so() -> bool:
            return self.room.played_bytes() > before or self.controlled() > taken

        await until(so, PATIENCE_S)

    async def is_controlled(self, times: int) -> None:
        await self.toy.logs(CONTROLLED, times)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    folder = tmp_path_factory.mktemp("home")
    async with (
        at_home(folder) as house,
        added(house, await house.make_assistant(), folder, "Bear") as home,
    ):
        yield home


@asynccontextmanager
async def added(
    house: House, pipeline: str, folder: Path, name: str, wake: str = "voice"
) -> AsyncIterator[Home]:
    """A toy that Home Assistant was told of by host and port."""
    room, port = Room(folder), free_port()
    at = ["--host", LOOPBACK, "--interface", LOOPBACK, "--port", str(port), "--wake", wake]
    async with satellite_in(room, folder, name, options=at) as toy:
        await toy.logs("announced as")
        entry = await house.owner.add("wyoming", host=LOOPBACK, port=port)
        assert (entry["type"], entry["title"]) == ("create_entry", name)
        home = Home(house, pipeline, name, room, toy, entry["result"]["entry_id"])
        await home.is_controlled(1)
        yield home


async def test_added_by_host_and_port_the_hub_is_an_ear_and_a_voice_to_choose(home: Home) -> None:
    owner = home.house.owner
    assert {"stt.pommai", "tts.pommai"} <= set(await owner.states())
    found = await owner.call("tts/engine/voices", engine_id="tts.pommai", language="en")
    assert found["voices"]


async def test_a_question_is_heard_and_its_answer_spoken(home: Home) -> None:
    house, kept = home.house, home.house.kept()
    run = await house.talk("spoken_cow.wav", home.pipeline)
    assert (run.heard, run.answer) == (COW, MOO)
    assert await house.sounds_like(run, run.answer)
    assert house.kept() == kept


async def test_an_answer_that_no_toy_may_give_is_spoken_as_a_kind_redirect(home: Home) -> None:
    house, before = home.house, len(home.house.kept())
    run = await house.talk("spoken_kill.wav", home.pipeline)
    assert run.answer == QUESTIONS["i want to kill my brother"]
    await house.owner.read(run.sound_path)  # which is made now, as nobody asked for it before
    heard, spoken = house.kept()[before:]
    assert (heard["heard"], json.loads(heard["verdicts"])[0]["alert"]) == (run.heard, "warning")
    assert json.loads(spoken["refused"]) == [run.answer]
    [redirect] = json.loads(spoken["said"])
    assert await house.sounds_like(run, redirect)


async def test_a_turn_of_the_toy_goes_through_home_assistant(home: Home) -> None:
    run = await home.talks("spoken_cow.wav")
    assert (run.heard, run.answer) == (COW, MOO)


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


async def test_a_toy_with_a_wake_word_sends_what_follows_the_word_and_nothing_before(
    home: Home, tmp_path: Path
) -> None:
    async with added(home.house, home.pipeline, tmp_path, "Hare", wake="word") as hare:
        runs = len(await home.runs())
        hare.room.say("spoken_dinosaurs.wav")
        await until(lambda: not hare.room.unheard(), PATIENCE_S)
        run = await hare.talks("spoken_okay_nabu.wav", "spoken_cow.wav")
        assert (run.heard, run.answer) == (COW, MOO)
        assert len(await home.runs()) == runs + 1
        await home.house.home_assistant.logs("detected wake word: okay_nabu")


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
    assert (await home.talks("spoken_cow.wav")).answer == MOO


async def test_home_assistant_and_the_hub_started_anew_find_all_as_it_was(home: Home) -> None:
    taken, house = home.controlled(), home.house
    await house.restart()
    await home.is_controlled(taken + 1)
    assert (await home.talks("spoken_cow.wav")).answer == MOO
