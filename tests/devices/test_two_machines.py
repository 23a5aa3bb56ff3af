"""A toy and its hub on two machines of one network: found, adopted, and there again after whatever happens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.devices.processes import Hub, Process, Room, satellite_in
from tests.netns import Machine, two_machines


@dataclass(frozen=True)
class House:
    hub: Hub
    hub_machine: Machine
    satellite: Process
    satellite_machine: Machine
    room: Room

    async def talk(self, recording: str, *states: str) -> None:
        """A whole turn; `states` are those of all turns so far."""
        before = self.room.played_bytes()
        self.room.say(recording)
        await self.hub.has_turns(*states)
        await self.room.hears_more(before)
        await self.room.is_quiet()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """An adopted satellite that is linked, each found by the other over zeroconf alone."""
    async with _house(tmp_path) as house:
        await house.hub.adopt("Bear")
        await house.hub.is_linked(1)
        yield house


@asynccontextmanager
async def _house(folder: Path) -> AsyncIterator[House]:
    room = Room(folder)
    with two_machines() as (one, other):
        async with (
            Hub(folder, one.address, one.prefix) as hub,
            satellite_in(room, folder, "Bear", other.prefix) as satellite,
        ):
            yield House(hub, one, satellite, other, room)


async def test_a_toy_is_found_adopted_and_talked_to(house: House) -> None:
    await house.talk("spoken_cow.wav", "done")
    assert "cow" in house.hub.turns()[0][1]


async def test_a_toy_that_lost_its_power_in_the_middle_of_a_reply_is_there_again(
    house: House,
) -> None:
    house.room.say("spoken_story.wav")
    await house.room.hears_more(0)
    await house.satellite.kill()
    await house.hub.has_turns("cut")
    await house.satellite.start()
    await house.hub.is_linked(2)
    await house.talk("spoken_cow.wav", "cut", "done")


async def test_a_hub_that_died_in_the_middle_of_a_reply_keeps_the_words_and_talks_again(
    house: House,
) -> None:
    house.room.say("spoken_story.wav")
    await house.room.hears_more(0)
    await house.hub.kill()
    [(state, heard)] = house.hub.turns()
    assert (state, "story" in heard) == ("thinking", True)
    await house.hub.start()
    await house.hub.is_linked(2)
    assert house.hub.turns() == [("cut", heard)]
    await house.room.is_quiet()
    await house.talk("spoken_cow.wav", "cut", "done")


async def test_a_toy_whose_address_changed_is_there_again(house: House) -> None:
    machine = house.satellite_machine
    machine.ip("address", "add", "10.77.0.99/24", "dev", machine.device)
    machine.ip("address", "delete", f"{machine.address}/24", "dev", machine.device)
    machine.ip("address", "replace", "10.77.0.99/24", "dev", machine.device)
    await house.hub.is_linked(2)
    assert '"address": "10.77.0.99"' in house.hub.log.read_text()
    await house.talk("spoken_cow.wav", "done")
