"""Two hubs and three toys on one network, each a machine of its own: who is paired with whom, and stays so."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.devices.processes import BIN, PATIENCE_S, Hub, Process, Room, talk
from tests.devices.scripted import until
from tests.netns import Machine, machines

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOYS = ("Bear", "Duck", "Hare")


@dataclass(frozen=True)
class Toy:
    name: str
    process: Process
    machine: Machine
    room: Room

    async def code(self, number: int = 1) -> str:
        """The code that it says as its first, second … over all its starts."""
        await until(lambda: len(self._codes()) >= number, PATIENCE_S)
        return self._codes()[number - 1]

    def _codes(self) -> list[str]:
        return re.findall(r"pairing code ([0-9 ]+)\n", self.process.log.read_text())


@dataclass(frozen=True)
class House:
    upstairs: Hub
    downstairs: Hub
    bear: Toy
    duck: Toy
    hare: Toy


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with machines(5) as [one, two, *others]:
        async with AsyncExitStack() as stack:
            hubs = []
            for name, machine in (("upstairs", one), ("downstairs", two)):
                (folder / name).mkdir()
                hub = Hub(folder / name, machine.address, machine.prefix)
                hubs.append(await stack.enter_async_context(hub))
            toys = []
            for name, machine in zip(TOYS, others, strict=True):
                (folder / name).mkdir()
                room = Room(folder / name)
                command = [*machine.prefix, str(BIN / "pommai-satellite"), "run", "--name", name]
                sound = ["--mic", f"command:{room.mic}", "--speaker", f"command:{room.speaker}"]
                options = ["--wake", "voice", "--state", str(folder / name / "state")]
                process = Process([*command, *sound, *options], folder / f"{name}.log")
                toys.append(Toy(name, await stack.enter_async_context(process), machine, room))
            for hub in hubs:
                await hub.logs("Guardian pages")
            yield House(hubs[0], hubs[1], *toys)


async def shown(hub: Hub, toy: Toy) -> tuple[str, str]:
    """How it pairs and its state, as that hub lists it."""
    found = await hub.listed(toy.name)
    return (found["pairing"], found["state"]) if found else ("", "")


async def shows(hub: Hub, toy: Toy, pairing: str, state: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while (seen := await shown(hub, toy)) != (pairing, state):
                await asyncio.sleep(0.1)
    except TimeoutError:
        logs = f"{toy.process.log.read_text()[-2000:]}\n{hub.log.read_text()[-2000:]}"
        pytest.fail(f"{toy.name} is {seen}, not {(pairing, state)}:\n{logs}")


async def pairs(hub: Hub, toy: Toy, code: int = 1) -> None:
    """With the code that the toy says as its first, second …"""
    await shows(hub, toy, "open", "found")
    assert await hub.toys("pair", toy.name, code=await toy.code(code))
    await shows(hub, toy, "paired", "online")


async def test_each_toy_is_its_own_hubs_whatever_the_other_hub_tries(home: House) -> None:
    up, down, bear = home.upstairs, home.downstairs, home.bear
    # a wrong code, then each with its own
    await shows(up, bear, "open", "found")
    wrong = (int((await bear.code()).replace(" ", "")) + 1) % 10**6
    assert await up.toys("pair", "Bear", code=f"{wrong:06}") is None
    await pairs(up, bear, code=2)
    await pairs(up, home.duck)
    await pairs(down, home.hare)
    await shows(down, bear, "elsewhere", "found")

    # no take-over: neither by a code that was right once, nor as a plain one
    assert await down.toys("pair", "Bear", code=await bear.code(2)) is None
    assert await down.toys("adopt", "Bear") is None
    assert await down.toys("adopt", f"{bear.machine.address}:10700") is None
    await shows(up, bear, "paired", "online")
    assert down.linked() == 1

    # it moves to another address
    duck, moved = home.duck.machine, "10.77.0.99"
    duck.ip("address", "add", f"{moved}/24", "dev", duck.device)
    duck.ip("address", "delete", f"{duck.address}/24", "dev", duck.device)
    duck.ip("address", "replace", f"{moved}/24", "dev", duck.device)
    await up.logs(f'"address": "{moved}"')
    await shows(up, home.duck, "paired", "online")

    # let go by its hub, it is the other's after its next start
    released = await up.toys("release", "Bear")
    assert released["state_detail"] == ""
    await shows(down, bear, "closed", "found")
    await bear.process.kill()
    await bear.process.start()
    await pairs(down, bear, code=3)
    await shows(up, bear, "elsewhere", "found")


async def test_a_toy_talks_on_whether_it_was_killed_or_its_hub_was_away(home: House) -> None:
    up, down, bear = home.upstairs, home.downstairs, home.bear
    for hub, toy in ((up, home.duck), (down, home.hare), (down, bear)):
        if await shown(hub, toy) != ("paired", "online"):  # as the test before left it
            await pairs(hub, toy)
    await down.logs('"event": "a toy has its lines"', 2)

    # a toy loses its power in mid-sentence
    bear.room.say("spoken_story.wav")
    await bear.room.hears_more(bear.room.played_bytes())
    await bear.process.kill()
    await down.has_turns("cut")
    links = down.linked()
    await bear.process.start()
    await down.is_linked(links + 1)
    await talk(down, bear.room, "spoken_cow.wav")
    await shows(down, home.hare, "paired", "online")

    # a hub is away, for shorter than one would wait in a test: nothing counts the minutes
    gone = bear.process.logged("* hub away")
    links = down.linked()
    await down.kill()
    await bear.process.logs("* hub away", gone + 1)
    for _ in range(2):
        before = bear.room.played_bytes()
        bear.process.type("talk")
        await bear.room.hears_more(before)
        await bear.room.is_quiet()
    await shows(up, home.duck, "paired", "online")
    await down.start()
    await down.is_linked(links + 2)
    await down.logs('"lines": 2, "event": "a toy was away"')
    await talk(down, bear.room, "spoken_cow.wav")
    assert down.states() == ["cut", "done", "done"]
