"""Two hubs and three toys on one network, each a machine of its own: who is paired with whom, and stays so."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.netns import Machine, machines
from tests.voice.processes import BIN, PATIENCE_S, Hub, Process
from tests.voice.scripted import until

pytestmark = pytest.mark.timeout(180)
TOYS = ("Bear", "Duck", "Hare")


@dataclass(frozen=True)
class Toy:
    name: str
    process: Process
    machine: Machine

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


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    with machines(5) as [one, two, *others]:
        async with AsyncExitStack() as stack:
            hubs = []
            for name, machine in (("upstairs", one), ("downstairs", two)):
                (folder / name).mkdir()
                hub = Hub(folder / name, machine.address, machine.prefix)
                hubs.append(await stack.enter_async_context(hub))
            toys = []
            for name, machine in zip(TOYS, others, strict=True):
                command = [
                    str(BIN / "pommai-satellite"),
                    "run",
                    "--name",
                    name,
                    "--speaker",
                    "none",
                ]
                sound = ["--mic", f"command:{sys.executable} -m tests.voice.mic_of_files {folder}"]
                options = [*machine.prefix, *command, *sound, "--state", str(folder / name)]
                process = Process(options, folder / f"{name}.log")
                toys.append(Toy(name, await stack.enter_async_context(process), machine))
            for hub in hubs:
                await until(lambda hub=hub: "Guardian pages" in hub.log.read_text(), PATIENCE_S)  # type: ignore[misc]  # a loop's variable
            yield House(hubs[0], hubs[1], *toys)


async def shown(hub: Hub, toy: Toy) -> tuple[str, str]:
    """How it pairs and its state, as that hub lists it."""
    listed = {found["name"]: found for found in (await hub.toys("list"))["satellites"]}
    found = listed.get(toy.name, {"pairing": "", "state": ""})
    return found["pairing"], found["state"]


async def shows(hub: Hub, toy: Toy, pairing: str, state: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while (seen := await shown(hub, toy)) != (pairing, state):
                await asyncio.sleep(0.5)
    except TimeoutError:
        logs = f"{toy.process.log.read_text()[-2000:]}\n{hub.log.read_text()[-2000:]}"
        pytest.fail(f"{toy.name} is {seen}, not {(pairing, state)}:\n{logs}")


async def test_each_toy_is_its_own_hubs_whatever_the_other_hub_tries(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        up, down, bear = home.upstairs, home.downstairs, home.bear
        await asyncio.gather(*(shows(up, toy, "open", "found") for toy in (bear, home.hare)))

        # a wrong code, then each with its own
        code = await bear.code()
        assert (
            await up.toys("pair", "Bear", f"{(int(code.replace(' ', '')) + 1) % 10**6:06}") is None
        )
        paired = await up.toys("pair", "Bear", await bear.code(2))
        assert paired["pairing"] == "paired"
        assert await up.toys("pair", "Duck", await home.duck.code())
        assert await down.toys("pair", "Hare", await home.hare.code())
        await asyncio.gather(
            shows(up, bear, "paired", "online"),
            shows(up, home.duck, "paired", "online"),
            shows(down, home.hare, "paired", "online"),
            shows(down, bear, "elsewhere", "found"),
        )

        # no take-over: neither by a code that was right once, nor as a plain one
        assert await down.toys("pair", "Bear", await bear.code(2)) is None
        assert await down.toys("adopt", "Bear") is None
        assert await down.toys("adopt", f"{bear.machine.address}:10700") is None
        assert await shown(up, bear) == ("paired", "online")

        # it moves to another address
        duck, moved = home.duck.machine, "10.77.0.99"
        links = up.linked()
        duck.ip("address", "add", f"{moved}/24", "dev", duck.device)
        duck.ip("address", "delete", f"{duck.address}/24", "dev", duck.device)
        duck.ip("address", "replace", f"{moved}/24", "dev", duck.device)
        await up.is_linked(links + 1)
        assert f'"address": "{moved}"' in up.log.read_text()
        await shows(up, home.duck, "paired", "online")

        # let go by its hub, it is the other's after its next start
        released = await up.toys("release", "Bear")
        assert released["state_detail"] == ""
        await shows(down, bear, "closed", "found")
        await bear.process.kill()
        await bear.process.start()
        await shows(down, bear, "open", "found")
        assert await down.toys("pair", "Bear", await bear.code(3))
        await shows(down, bear, "paired", "online")
        await shows(up, bear, "elsewhere", "found")
