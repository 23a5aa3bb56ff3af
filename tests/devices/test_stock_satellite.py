"""The stock wyoming-satellite 1.0.0 with nothing but its own command line, and our hub."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.devices.processes import STOCK, Hub, Process, Room, free_port
from tests.devices.scripted import until
from tests.programs import missing


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


async def talk(room: Room, hub: Hub, recording: str, *states: str) -> None:
    before = room.played_bytes()
    room.say(recording)
    await hub.has_turns(*states)
    await room.hears_more(before)
    await room.is_quiet()


async def test_it_has_turn_after_turn_with_a_refused_one_between(tmp_path: Path) -> None:
    room, port = Room(tmp_path), free_port()
    async with stock(room, tmp_path, port), Hub(tmp_path, "127.0.0.1") as hub:
        await hub.adopt_at(f"127.0.0.1:{port}")
        await hub.is_linked(1)
        await talk(room, hub, "spoken_cow.wav", "done")
        await talk(room, hub, "spoken_kill.wav", "done", "refused")
        await talk(room, hub, "spoken_dog.wav", "done", "refused", "done")
        assert "cow" in hub.turns()[0][1]


async def test_it_talks_again_after_its_hub_died_in_the_middle_of_a_turn(tmp_path: Path) -> None:
    room, port = Room(tmp_path), free_port()
    async with stock(room, tmp_path, port) as satellite, Hub(tmp_path, "127.0.0.1") as hub:
        await hub.adopt_at(f"127.0.0.1:{port}")
        await hub.is_linked(1)
        room.say("spoken_story.wav")
        await room.hears_more(0)
        await hub.kill()
        assert [state for state, _ in hub.turns()] == ["thinking"]
        await hub.start()
        await hub.is_linked(2)
        await room.is_quiet()
        await talk(room, hub, "spoken_cow.wav", "cut", "done")
        await satellite.kill()
        await satellite.start()
        await hub.is_linked(3)
        await asyncio.sleep(0)
        await talk(room, hub, "spoken_dog.wav", "cut", "done", "done")


async def test_its_port_is_not_taken_from_it(tmp_path: Path) -> None:
    room, port = Room(tmp_path), free_port()
    async with stock(room, tmp_path, port):
        ours = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "satellite", "run"),
            *("--host", "127.0.0.1", "--port", str(port), "--mic", "command:cat"),
            stderr=asyncio.subprocess.PIPE,
        )
        said = (await ours.communicate())[1].decode()
    assert ours.returncode == 2
    assert f"port {port} is in use" in said
    assert said.count("\n") == 1
