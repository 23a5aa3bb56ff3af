"""The emergency stop in a real house: a hub, a toy that talks, and a grown-up at the command line."""

from pathlib import Path
from typing import Any

import pytest

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ
from tests.voice.processes import PATIENCE_S, Hub, Room, satellite_in
from tests.voice.scripted import until

LOOPBACK = ("--host", "127.0.0.1", "--interface", "127.0.0.1", "--port", "0")
AHEAD_BYTES = int(0.5 * SAMPLE_BYTES * SPEECH_RATE_HZ)
"""What was on its way to the speaker, with what the pipe to it holds."""


async def state_of(hub: Hub, name: str) -> Any:
    house = await hub.toys("list")
    return next(toy["state"] for toy in house["satellites"] if toy["name"] == name)


async def is_refused(hub: Hub, room: Room, times: int) -> None:
    """The child speaks, and no turn begins."""
    room.say("spoken_cow.wav")
    await until(lambda: hub.log.read_text().count('"event": "no turn"') >= times, PATIENCE_S)
    await room.is_quiet()


@pytest.mark.timeout(300)
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
        await room.is_quiet()
        silent = room.played_bytes()
        assert silent - at_stop <= AHEAD_BYTES
        assert [state for state, _ in hub.turns()] == ["cut"]
        assert await state_of(hub, "Stop Bear") == "stopped"
        await is_refused(hub, room, 2)

        await hub.kill()
        await hub.start()
        await hub.is_linked(2)
        await is_refused(hub, room, 3)
        assert room.played_bytes() == silent
        assert [state for state, _ in hub.turns()] == ["cut"]

        assert await hub.command("resume") is not None
        room.say("spoken_dog.wav")
        await hub.has_turns("cut", "done")
        await room.hears_more(silent)
