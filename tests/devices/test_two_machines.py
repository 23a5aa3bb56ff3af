"""A toy and its hub on two machines of one network: found, adopted, and there again after whatever happens."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.devices.processes import Hub, Process, Room, satellite_in, talk
from tests.netns import Machine, two_machines

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class House:
    hub: Hub
    satellite: Process
    satellite_machine: Machine
    room: Room

    async def begins_a_story(self) -> None:
        before = self.room.played_bytes()
        self.room.say("spoken_story.wav")
        await self.room.hears_more(before)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """An adopted satellite that is linked, each found by the other over zeroconf alone."""
    folder = tmp_path_factory.mktemp("house")
    room = Room(folder)
    with two_machines() as (one, other):
        async with (
            Hub(folder, one.address, one.prefix) as hub,
            satellite_in(room, folder, "Bear", other.prefix) as satellite,
        ):
            await hub.adopt("Bear")
            await hub.is_linked(1)
            yield House(hub, satellite, other, room)


async def test_a_toy_is_found_adopted_and_talked_to(house: House) -> None:
    await talk(house.hub, house.room, "spoken_cow.wav")
    assert "cow" in house.hub.turns()[-1][1]


async def test_a_toy_that_lost_its_power_in_the_middle_of_a_reply_is_there_again(
    house: House,
) -> None:
    states, links = house.hub.states(), house.hub.linked()
    await house.begins_a_story()
    await house.satellite.kill()
    await house.hub.has_turns(*states, "cut")
    await house.satellite.start()
    await house.hub.is_linked(links + 1)
    await talk(house.hub, house.room, "spoken_cow.wav")


async def test_a_hub_that_died_in_the_middle_of_a_reply_keeps_the_words_and_talks_again(
    house: House,
) -> None:
    before, links = house.hub.turns(), house.hub.linked()
    await house.begins_a_story()
    await house.hub.kill()
    *earlier, (state, heard) = house.hub.turns()
    assert (earlier, state, "story" in heard) == (before, "thinking", True)
    await house.hub.start()
    await house.hub.is_linked(links + 1)
    assert house.hub.turns() == [*before, ("cut", heard)]
    await house.room.is_quiet()
    await talk(house.hub, house.room, "spoken_cow.wav")


async def test_a_toy_whose_address_changed_is_there_again(house: House) -> None:
    machine, links = house.satellite_machine, house.hub.linked()
    machine.ip("address", "add", "10.77.0.99/24", "dev", machine.device)
    machine.ip("address", "delete", f"{machine.address}/24", "dev", machine.device)
    machine.ip("address", "replace", "10.77.0.99/24", "dev", machine.device)
    await house.hub.is_linked(links + 1)
    assert '"address": "10.77.0.99"' in house.hub.log.read_text()
    await talk(house.hub, house.room, "spoken_cow.wav")
