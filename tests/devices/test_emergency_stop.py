"""The emergency stop in a real house: a hub, a toy that talks, and a grown-up at the command line."""

import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, silence
from hub.domain.toys import SatelliteState
from hub.errors import StoppedError
from hub.pipeline.context import Ask
from hub.pipeline.events import Audio, TurnEvent
from tests.clock import FakeClock
from tests.devices.processes import BIN, PATIENCE_S, Hub, Process, Room, satellite_in
from tests.devices.satellite_end import satellite_end
from tests.devices.scripted import ScriptedTurns, heard, hears_nothing, mic, run_pipeline, until

LOOPBACK = ("--host", "127.0.0.1", "--interface", "127.0.0.1", "--port", "0")
AHEAD_BYTES = int(0.5 * SAMPLE_BYTES * SPEECH_RATE_HZ) + 65_536
"""What was on its way to the speaker, with all that the pipe to it holds; the story is far longer."""


async def state_of(hub: Hub, name: str) -> Any:
    found = await hub.listed(name)
    return found and found["state"]


async def is_refused(hub: Hub, room: Room, times: int) -> None:
    """The child speaks, and no turn begins."""
    room.say("spoken_cow.wav")
    await until(lambda: hub.log.read_text().count('"event": "no turn"') >= times, PATIENCE_S)
    await room.is_quiet()


async def is_stopped_while_it_listens(ask: Ask) -> AsyncGenerator[TurnEvent]:
    raise StoppedError("the toys were stopped")
    yield


async def is_stopped_while_it_speaks(ask: Ask) -> AsyncGenerator[TurnEvent]:
    yield heard("hello")
    yield Audio(silence(100))
    raise StoppedError("the toys were stopped")


async def test_a_satellite_that_listens_is_told_to_end() -> None:
    async with satellite_end(ScriptedTurns(is_stopped_while_it_listens), FakeClock()) as it:
        await it.receive(run_pipeline(), mic())

        assert it.types == ["error", "transcript"]
        assert it.state is SatelliteState.ONLINE


async def test_a_satellite_that_speaks_is_told_that_nothing_more_comes() -> None:
    clock = FakeClock()
    async with satellite_end(ScriptedTurns(is_stopped_while_it_speaks), clock) as it:
        await it.receive(run_pipeline(), mic())

        assert it.types == ["transcript", "audio-start", "audio-chunk", "error", "audio-stop"]


async def test_a_satellite_that_streams_on_begins_no_turn_until_the_stop_is_lifted() -> None:
    turns = ScriptedTurns(hears_nothing)
    async with satellite_end(turns, FakeClock()) as it:
        await it.receive(run_pipeline("wake"), mic())
        turns.stopped = True
        sent = len(it.sent)
        for _ in range(20):
            await it.receive(mic())
        assert (len(turns.asks), len(it.sent)) == (1, sent)

        turns.stopped = False
        await it.receive(mic())
        assert len(turns.asks) == 2


async def test_a_toy_is_silent_in_mid_sentence_and_until_it_is_lifted_also_across_restarts(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path)
    async with (
        Hub(tmp_path, "127.0.0.1") as hub,
        satellite_in(room, tmp_path, "Stop Bear", options=LOOPBACK),
    ):
        await hub.adopt("Stop Bear")
        await hub.is_linked(1)
        room.say("spoken_story.wav")
        await room.hears_more(0)
        assert await hub.command("stop", "--reason", "dinner") is not None

        at_stop = room.played_bytes()
        await hub.has_turns("cut")
        await room.is_quiet()
        silent = room.played_bytes()
        assert silent - at_stop <= AHEAD_BYTES
        assert hub.states() == ["cut"]
        assert await state_of(hub, "Stop Bear") == "stopped"
        await is_refused(hub, room, 2)

        await hub.kill()
        await hub.start()
        await hub.is_linked(2)
        await is_refused(hub, room, 3)
        assert room.played_bytes() == silent
        assert hub.states() == ["cut"]

        assert await hub.ask("DELETE", "/household/stop") is not None
        room.say("spoken_dog.wav")
        await hub.has_turns("cut", "done")
        await room.hears_more(silent)


async def is_refused_by_itself(toy: Process, room: Room) -> None:
    """A press without a hub, and nothing is said."""
    refused, before = toy.logged("* error"), room.played_bytes()
    toy.type("talk")
    await toy.logs("* error", refused + 1)
    await room.is_quiet()
    assert room.played_bytes() == before


async def loses(toy: Process, hub: Hub) -> None:
    away = toy.logged("* hub away")
    await hub.kill()
    await toy.logs("* hub away", away + 1)


async def test_what_a_paired_toy_says_without_its_hub_is_stopped_too_and_can_be_stopped_there(
    tmp_path: Path,
) -> None:
    room, kept = Room(tmp_path), tmp_path / "state" / "stopped"
    run = [str(BIN / "pommai-satellite"), "run", "--name", "Fox", *LOOPBACK]
    sound = ["--mic", f"command:{room.mic}", "--speaker", f"command:{room.speaker}"]
    command = [*run, *sound, "--wake", "manual", "--state", str(kept.parent)]
    async with Hub(tmp_path, "127.0.0.1") as hub, Process(command, tmp_path / "toy.log") as toy:
        await toy.logs("pairing code")
        [code] = re.findall(r"pairing code ([0-9 ]+)\n", toy.log.read_text())
        await hub.finds("Fox")
        assert await hub.toys("pair", "Fox", code=code)
        await hub.logs('"event": "a toy has its lines"')

        # it is off when all are stopped, and learns of it when it is back
        await toy.kill()
        assert await hub.ask("POST", "/household/stop") is not None
        await toy.start()
        await until(kept.exists, PATIENCE_S)
        await loses(toy, hub)
        await is_refused_by_itself(toy, room)
        await toy.kill()
        await toy.start()
        await is_refused_by_itself(toy, room)

        # it is lifted when its hub is back and says so
        await hub.start()
        await hub.logs("Guardian pages", 2)
        assert await hub.ask("DELETE", "/household/stop") is not None
        await until(lambda: not kept.exists(), PATIENCE_S)
        await loses(toy, hub)
        before = room.played_bytes()
        toy.type("talk")
        await room.hears_more(before)

        # somebody stops it at its button while it speaks, and its hub learns of it when it is back
        toy.type("stop")
        await until(kept.exists, PATIENCE_S)
        await room.is_quiet()
        await is_refused_by_itself(toy, room)
        await hub.start()
        await until(lambda: "Somebody called the emergency stop at Fox" in hub.alerts(), PATIENCE_S)
        assert await state_of(hub, "Fox") == "stopped"
        assert kept.exists()
