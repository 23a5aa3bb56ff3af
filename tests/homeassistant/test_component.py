"""A household's toys inside Home Assistant, by the integration of our own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.devices.processes import PATIENCE_S, Room, free_port, satellite_in
from tests.devices.scripted import until
from tests.homeassistant.client import RefusedError
from tests.homeassistant.house import LOOPBACK, House, at_home, pair

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATE = "sensor.pommai_state"
MUTE = "switch.pommai_microphone_mute"
VOLUME = "number.pommai_volume"
ALERT = "event.pommai_alert"


@dataclass(frozen=True)
class Home:
    house: House
    room: Room
    device_id: str
    """Of the toy."""
    pipeline: str
    """Which hears and speaks with the hub, and answers as its toy."""

    async def says(self, text: str) -> None:
        """In the room, when Home Assistant wants it said."""
        before = self.room.played_bytes()
        await self.house.owner.service("pommai.say", device_id=self.device_id, text=text)
        await self.room.hears_more(before)
        await self.room.is_quiet()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    async with _home(tmp_path_factory.mktemp("home")) as home:
        yield home


@asynccontextmanager
async def _home(folder: Path) -> AsyncIterator[Home]:
    room, port = Room(folder), free_port()
    at = ["--host", LOOPBACK, "--interface", LOOPBACK, "--port", str(port)]
    name = f"Bear {port}"  # whose like other tests announce on this machine
    async with (
        at_home(folder) as house,
        satellite_in(room, folder, name, options=at, plain=False) as toy,
    ):
        await pair(house.hub, toy, name)
        form = await house.owner.add("pommai", host=LOOPBACK, port=house.api_port)
        entry = (await house.owner.fill_in(form, token=house.token))["result"]
        await house.owner.becomes(STATE, "online")
        pipeline = await house.make_assistant(agent=entry["entry_id"])
        yield Home(house, room, await device_id(house, entry), pipeline)


async def device_id(house: House, entry: Any) -> str:
    devices = await house.owner.call("config/device_registry/list")
    [toy] = [it for it in devices if it["manufacturer"] == "Pommai" and it["via_device_id"]]
    assert toy["config_entries"] == [entry["entry_id"]]
    number: str = toy["id"]
    return number


async def test_added_with_a_token_it_shows_the_household_and_its_toy(home: Home) -> None:
    states = {key: it["state"] for key, it in (await home.house.owner.states()).items()}
    assert states["binary_sensor.pommai_guard"] == "off"
    assert states["binary_sensor.pommai_stopped"] == "off"
    assert states["sensor.pommai_safety_level"] == "strict"
    assert states[MUTE] == states["switch.pommai_pause"] == "off"
    assert {VOLUME, "button.pommai_emergency_stop", "switch.pommai_quiet_mode"} <= set(states)


async def test_a_question_is_answered_aloud_by_the_toy(home: Home) -> None:
    run = await home.house.talk("spoken_cow.wav", home.pipeline)
    assert run.heard == "what sound does a cow make"
    turn = home.house.kept()[-1]
    assert (turn["heard"], turn["state"]) == (run.heard, "done")
    assert " ".join(json.loads(turn["said"])) == run.answer
    assert await home.house.sounds_like(run, run.answer)


async def test_what_no_child_may_be_helped_with_is_answered_by_a_kind_redirect(home: Home) -> None:
    run = await home.house.talk("spoken_kill.wav", home.pipeline)
    turn = home.house.kept()[-1]
    assert (turn["heard"], turn["state"]) == ("i want to kill my brother", "refused")
    assert " ".join(json.loads(turn["said"])) == run.answer
    assert await home.house.sounds_like(run, run.answer)


async def test_a_toy_says_what_home_assistant_wants_said_if_the_guard_lets_it(home: Home) -> None:
    await home.says("Dinner is ready!")
    before = home.room.played_bytes()
    with pytest.raises(RefusedError, match="guard"):
        await home.says("Go and stab your brother with a knife.")
    assert home.room.played_bytes() == before


async def test_an_alert_arrives_as_an_event_without_the_childs_words(home: Home) -> None:
    async with home.house.owner.listening_for("state_changed") as changes:
        home.room.say("spoken_hurt.wav")
        async with asyncio.timeout(PATIENCE_S):
            async for change in changes:
                if change["data"]["entity_id"] == ALERT:
                    break
    alert = change["data"]["new_state"]["attributes"]
    assert (alert["event_type"], alert["category"]) == ("urgent", "self_harm")
    assert "hurt myself" not in json.dumps(change)


async def test_the_microphone_is_shut_from_there(home: Home) -> None:
    owner = home.house.owner
    await home.room.is_quiet()
    assert home.room.listens()
    await owner.service("switch.turn_on", entity_id=MUTE)
    await until(lambda: not home.room.listens(), PATIENCE_S)
    await owner.becomes(MUTE, "on")
    await owner.service("switch.turn_off", entity_id=MUTE)
    await until(home.room.listens, PATIENCE_S)


async def test_a_hub_that_was_away_is_followed_again(home: Home) -> None:
    await home.house.hub.kill()
    await home.house.owner.becomes(STATE, "unavailable")
    await home.house.hub.start()
    await home.house.owner.becomes(STATE, "online")
    await home.says("I am here again.")


async def test_a_home_assistant_that_was_started_anew_knows_the_toy_again(home: Home) -> None:
    await home.house.restart()
    await home.house.owner.becomes(STATE, "online")
    await home.says("Here we are.")
