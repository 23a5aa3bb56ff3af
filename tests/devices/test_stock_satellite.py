"""The stock wyoming-satellite 1.0.0 with nothing but its own command line, and our hub."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.devices.processes import STOCK, Hub, Process, Room, free_port, talk
from tests.devices.scripted import until
from tests.programs import missing

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Home:
    hub: Hub
    satellite: Process
    port: int
    """Of the satellite."""
    room: Room


@asynccontextmanager
async def stock(room: Room, folder: Path, port: int) -> AsyncIterator[Process]:
    if not STOCK.exists():
        missing("the stock satellite's venv is missing: make .venv-stock-satellite/.done")
    # Its own console script is broken in 1.0.0.
    command = [str(STOCK), "-m", "wyoming_satellite", "--name", "Stock", "--no-zeroconf"]
    address = ["--uri", f"tcp://127.0.0.1:{port}"]
    sound = [
        "--mic-command",
        room.mic,
        "--snd-command",
        room.speaker,
        "--snd-command-rate",
        "16000",
    ]
    async with Process([*command, *address, *sound], folder / "stock.log") as process:
        await until(lambda: "Connected to services" in process.log.read_text())
        yield process


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """A stock satellite that was adopted and is linked."""
    folder, port = tmp_path_factory.mktemp("home"), free_port()
    room = Room(folder)
    async with stock(room, folder, port) as satellite, Hub(folder, "127.0.0.1") as hub:
        await hub.adopt_at(f"127.0.0.1:{port}")
        await hub.is_linked(1)
        yield Home(hub, satellite, port, room)


async def test_it_has_turn_after_turn_with_a_refused_one_between(home: Home) -> None:
    hub, room = home.hub, home.room
    before = len(hub.turns())
    await talk(hub, room, "spoken_cow.wav")
    await talk(hub, room, "spoken_kill.wav", "refused")
    await talk(hub, room, "spoken_dog.wav")
    assert "cow" in hub.turns()[before][1]


async def test_it_talks_again_after_its_hub_died_in_the_middle_of_a_turn(home: Home) -> None:
    hub, room = home.hub, home.room
    states, links, played = hub.states(), hub.linked(), room.played_bytes()
    room.say("spoken_story.wav")
    await room.hears_more(played)
    await hub.kill()
    assert hub.states() == [*states, "thinking"]
    await hub.start()
    await hub.is_linked(links + 1)
    assert hub.states() == [*states, "cut"]
    await room.is_quiet()
    await talk(hub, room, "spoken_cow.wav")
    await home.satellite.kill()
    await home.satellite.start()
    await hub.is_linked(links + 2)
    await talk(hub, room, "spoken_dog.wav")


async def test_its_port_is_not_taken_from_it(home: Home) -> None:
    ours = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "satellite", "run"),
        *("--host", "127.0.0.1", "--port", str(home.port), "--mic", "command:cat"),
        stderr=asyncio.subprocess.PIPE,
    )
    said = (await ours.communicate())[1].decode()
    assert ours.returncode == 2
    assert f"port {home.port} is in use" in said
    assert said.count("\n") == 1
