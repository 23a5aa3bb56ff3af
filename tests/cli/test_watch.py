"""`pommai-hub toys watch`, run as a person does, on a running hub with a satellite of this test."""

import asyncio
import json
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console
from wyoming.event import Event

from hub.cli.toys.live import show
from tests.cli.command import ENV, HUB, RunningHub, ServingHub, hub_command, one_line, pommai_hub
from tests.devices.scripted import PretendSatellite, mic


@asynccontextmanager
async def watching(data: Path, *args: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        HUB, "toys", "watch", "Pommai", "--data", data, *args, env=ENV, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until_type(process: Process, kind: str) -> list[dict[str, Any]]:
    assert process.stdout is not None
    told: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        while not told or told[-1]["type"] != kind:
            line = await process.stdout.readline()
            assert line, f"it ended before {kind}"
            if (message := json.loads(line))["way"] != "quiet":
                told.append(message)
    return told


async def adopted(satellite: PretendSatellite, data: Path) -> None:
    address = f"127.0.0.1:{satellite.port}"
    done = await asyncio.to_thread(pommai_hub, "toys", "adopt", address, "--data", data)
    assert done.returncode == 0, done.stderr
    async with asyncio.timeout(60):
        while "run-satellite" not in satellite.types:
            await asyncio.sleep(0.02)


async def test_messages_are_told_as_they_pass_until_the_person_has_enough(
    data: Path, running: ServingHub
) -> None:
    async with PretendSatellite() as satellite:
        await adopted(satellite, data)
        async with watching(data, "--json") as process:
            first = await until_type(process, "online")
            await satellite.send(Event("ping", {"text": "my own secret"}))
            told = await until_type(process, "pong")
            process.send_signal(signal.SIGINT)
            _, stderr = await asyncio.wait_for(process.communicate(), 60)
    assert first[0]["way"] == "link"
    ping = next(message for message in told if message["type"] == "ping")
    assert (ping["way"], ping["data"]) == ("from toy", {"text": "<3 words>"})
    assert told[-1]["way"] == "to toy"
    assert (process.returncode, stderr) == (0, b"")


async def test_it_ends_by_itself_when_the_hub_does(data: Path, process: RunningHub) -> None:
    async with PretendSatellite() as satellite:
        await adopted(satellite, data)
        async with watching(data, "--json") as watch:
            await until_type(watch, "online")
            code, said = await asyncio.to_thread(process.stop, signal.SIGTERM)
            _, stderr = await asyncio.wait_for(watch.communicate(), 60)
    assert code == 0
    assert "Traceback" not in said
    assert (watch.returncode, stderr) == (0, b"")


def test_without_a_hub_there_is_nothing_to_watch(data: Path) -> None:
    said = one_line(hub_command("toys", "watch", "Pommai", "--data", data))
    assert said.endswith("start `pommai-hub run`")


def test_a_toy_that_is_not_there_is_one_clear_line(data: Path, running: ServingHub) -> None:
    said = one_line(hub_command("toys", "watch", "attic", "--data", data))
    assert "attic" in said


def message(at_ms: float, way: str, event: Event, missed: int = 0) -> dict[str, Any]:
    payload = len(event.payload or b"")
    return {
        "at_ms": at_ms,
        "way": way,
        "type": event.type,
        "payload_bytes": payload,
        "audio_ms": payload / 32,
        "data": {"text": "<2 words>"} if event.type == "transcript" else {},
        "missed": missed,
    }


async def shown(messages: Sequence[dict[str, Any]]) -> list[str]:
    async def passing() -> AsyncIterator[dict[str, Any]]:
        for one in messages:
            yield one

    out = StringIO()
    await show(passing(), Console(file=out, width=80))
    return [" ".join(line.split()) for line in out.getvalue().splitlines()]


async def test_sound_is_told_together_and_the_rest_line_by_line() -> None:
    spoken = [message(100 * n, "from toy", mic(100)) for n in range(13)]
    spoken[5]["at_ms"] = 590.0
    lines = await shown(
        [
            *spoken,
            {"way": "quiet"},
            message(1400, "to toy", Event("transcript", {}), missed=3),
        ]
    )
    assert lines == [
        "0.000 s toy → hub audio-chunk ×11 35200 B, 1100 ms, longest wait 190 ms",
        "1.100 s toy → hub audio-chunk ×2 6400 B, 200 ms, longest wait 100 ms",
        "1.400 s hub → toy (3 missed) transcript text=<2 words>",
    ]
