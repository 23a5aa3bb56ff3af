"""The command as a family runs it: processes, signals and one-line complaints."""

import asyncio
import os
import re
import signal
import socket
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from wyoming.event import Event

from satellite.__main__ import parse
from satellite.audio.pcm import seconds_of
from satellite.audio.wav import read_speech
from tests.satellite.toy import Peer

AUDIO = Path(__file__).parents[1] / "data" / "audio"


SILENT = ("--mic", "command:cat /dev/zero", "--speaker", "none")


async def start(folder: Path, *arguments: str, mode: tuple[str, ...] = ("--plain",)) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "satellite", "run", *mode, "--host", "127.0.0.1"),
        *("--interface", "127.0.0.1", "--state", str(folder / "state"), *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )


@dataclass
class Running:
    process: Process
    port: int

    async def shows(self, state: str) -> None:
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            if line.decode().strip() == f"* {state}":
                return
        pytest.fail(f"ended before it showed {state}")


@asynccontextmanager
async def running(
    folder: Path, *arguments: str, mode: tuple[str, ...] = ("--plain",)
) -> AsyncIterator[Running]:
    process = await start(folder, "--port", "0", *arguments, mode=mode)
    assert process.stdout is not None
    try:
        line = (await process.stdout.readline()).decode()
        found = re.fullmatch(r"pommai-satellite: listening on 127\.0\.0\.1:(\d+)\n", line)
        assert found, line
        yield Running(process, int(found[1]))
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def refusal(folder: Path, *arguments: str) -> str:
    """What it says as it refuses to start."""
    process = await start(folder, *arguments)
    out, err = await process.communicate()
    assert (process.returncode, out) == (2, b"")
    (line,) = err.decode().splitlines()
    return line


async def test_a_recorded_child_takes_a_turn_and_the_reply_is_recorded(tmp_path: Path) -> None:
    reply = b"\1\2" * 8_000
    recorded = tmp_path / "out.wav"
    spoken = AUDIO / "spoken_cow.wav"
    async with running(tmp_path, "--mic", f"wav:{spoken}", "--speaker", f"wav:{recorded}") as toy:
        hub = await (await Peer.connect(toy.port)).take()
        await hub.until("run-pipeline")
        heard = b""
        while len(heard) < 40_000:
            heard += (await hub.until("audio-chunk")).payload or b""
        assert heard in read_speech(spoken)
        await hub.say(Event("transcript", {"text": "what does the cow say"}))
        await hub.reply(reply)
        await hub.until("played")
        assert read_speech(recorded) == reply
        toy.process.send_signal(signal.SIGTERM)
        assert await toy.process.wait() == 0
    assert read_speech(recorded) == reply
    assert seconds_of(reply, 16_000) == 0.5


HUB_THAT_LISTENS = """
import asyncio, os, sys
from tests.satellite.toy import Peer
async def main():
    hub = await (await Peer.connect(int(sys.argv[1]))).take()
    await hub.until("audio-chunk")
    print("streaming", flush=True)
    await hub.until("never")
asyncio.run(main())
"""


async def test_a_hub_that_is_killed_in_mid_stream_is_missed_and_welcome_back(
    tmp_path: Path,
) -> None:
    async with running(
        tmp_path, "--mic", "command:cat /dev/zero", "--speaker", "none", "--wake", "stream"
    ) as toy:
        hub = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", HUB_THAT_LISTENS, str(toy.port)), stdout=PIPE
        )
        assert hub.stdout is not None
        assert await hub.stdout.readline() == b"streaming\n"
        await toy.shows("listening")
        hub.kill()
        await hub.wait()
        await toy.shows("hub away")
        back = await Peer.connect(toy.port)
        assert await back.hears_nothing()
        await back.take()
        await back.until("audio-chunk")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_in_mid_stream_ends_it_cleanly(tmp_path: Path, number: int) -> None:
    async with running(
        tmp_path, "--mic", "command:cat /dev/zero", "--speaker", "none", "--wake", "stream"
    ) as toy:
        hub = await (await Peer.connect(toy.port)).take()
        await hub.until("audio-chunk")
        toy.process.send_signal(number)
        assert await toy.process.wait() == 0
        assert toy.process.stderr is not None
        assert b"Traceback" not in await toy.process.stderr.read()
    assert not _children_named("cat /dev/zero", toy.process.pid)


def _children_named(command: str, session_of: int) -> list[str]:
    """Programs of that command line that an ended satellite left behind."""
    left = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            parent = int((folder / "stat").read_text().split()[3])
        except (OSError, ValueError, IndexError):
            continue
        if line == command and parent in (1, session_of):
            left.append(folder.name)
    return left


async def test_missing_sound_programs_are_one_line_and_the_toy_stays_reachable(
    tmp_path: Path,
) -> None:
    async with running(
        tmp_path, "--mic", "command:arecord-of-nobody", "--speaker", "none", "--wake", "stream"
    ) as toy:
        hub = await (await Peer.connect(toy.port)).take()
        await toy.shows("error")
        await hub.reply()
        await hub.until("played")


async def command(folder: Path, name: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "satellite", name, "--state", str(folder / "state")),
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, (out + err).decode()


async def test_a_command_has_the_running_toy_pair_anew(tmp_path: Path) -> None:
    async with running(tmp_path, *SILENT, mode=()) as toy:
        assert toy.process.stdout is not None
        first = await toy.process.stdout.readline()
        assert await command(tmp_path, "pair") == (
            0,
            "pommai-satellite: it says a new code, for five minutes\n",
        )
        second = await toy.process.stdout.readline()
        for line in (first, second):
            assert re.fullmatch(rb"pommai-satellite: pairing code \d{3} \d{3}\n", line)
        assert first != second


async def test_without_a_toy_there_is_none_to_pair(tmp_path: Path) -> None:
    async with running(tmp_path, *SILENT):
        pass
    code, said = await command(tmp_path, "pair")
    assert (code, said.count("\n")) == (2, 1)
    assert "runs here" in said


async def test_two_toys_can_not_have_one_folder(tmp_path: Path) -> None:
    async with running(tmp_path, *SILENT):
        line = await refusal(tmp_path, "--port", "0", *SILENT)
    assert "runs already" in line


async def test_a_taken_port_ends_it_before_anything_else_is_touched(tmp_path: Path) -> None:
    recorded = tmp_path / "out.wav"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = await refusal(
            tmp_path, "--port", port, "--mic", "wav:none.wav", "--speaker", f"wav:{recorded}"
        )
    assert f"port {port} is in use" in line
    assert "--port" in line
    assert not recorded.exists()
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--mic", "wav:none.wav"], "none.wav: can't read it"),
        (["--mic", "wav:/dev/null"], "not a WAV file"),
        (["--mic", "file:x"], "--mic file:x: must be"),
        (["--speaker", "wav:/nonexistent/x"], "/nonexistent/x: can't write it"),
        (["--speaker", "loud"], "--speaker loud: must be"),
        (["--interface", "eth0"], "--interface eth0: must be an address"),
        (["--state", "/dev/null/x"], "name another folder with --state"),
    ],
)
async def test_what_cannot_work_is_one_line(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    spoken = AUDIO / "spoken_cow.wav"
    line = await refusal(
        tmp_path, "--port", "0", "--mic", f"wav:{spoken}", "--speaker", "none", *arguments
    )
    assert said in line


async def test_a_wav_file_that_says_more_than_it_holds_is_one_line(tmp_path: Path) -> None:
    form = struct.pack("<IHHIIHH", 16, 1, 1, 16_000, 32_000, 2, 16)
    chunks = b"WAVEfmt " + form + b"junk" + struct.pack("<I", 99_999) + b"abc"
    path = tmp_path / "broken.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", 5_000) + chunks)
    line = await refusal(tmp_path, "--port", "0", "--mic", f"wav:{path}", "--speaker", "none")
    assert "not a WAV file" in line


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = (
        *("hub", "numpy", "soxr", "zeroconf", "pydantic", "pymicro_vad", "gpiozero"),
        *("cryptography", "spake2", "satellite.doctor"),
    )
    code = f"import sys, satellite.__main__, satellite.app; print([m for m in {heavy} if m in sys.modules])"
    assert os.popen(f'{sys.executable} -c "{code}"').read() == "[]\n"


def test_a_misspelt_variable_is_told_of_and_the_others_count(
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = {"POMMAI_SATELLITE_NAM": "Teddy", "POMMAI_SATELLITE_MIC": "alsa:usb", "HOME": "/"}
    assert parse(["run"], given).mic == "alsa:usb"
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("pommai-satellite: POMMAI_SATELLITE_NAM is no setting; there are ")
    assert "POMMAI_SATELLITE_NAME" in line
