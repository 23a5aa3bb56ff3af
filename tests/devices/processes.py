"""A hub and satellites as real processes, and what the hub's database says of their turns."""

import asyncio
import os
import secrets
import shutil
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any, Self

import psutil
import pytest

from hub.cli.client import device_path, running_hub
from hub.cli.toys import listed
from hub.errors import PommaiError
from tests.devices.scripted import until
from tests.recordings import ours

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
STOCK = ROOT / ".venv-stock-satellite/bin/python"
EMBEDDED = {
    "POMMAI_STT__USE": "sphinx",
    "POMMAI_LLM__USE": "storyteller",
    "POMMAI_TTS__USE": "espeak",
}
ENDS_S = 15
PATIENCE_S = 60
"""For what other processes bring about on a busy machine."""


class Process:
    """A child with its output in a file, at a terminal; killed at the latest when its block ends."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._command = command
        self.log = log
        self._keyboard, self._terminal = os.openpty()

    async def start(self) -> None:
        with self.log.open("ab") as output:
            self._child = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=ROOT,
                env=os.environ | EMBEDDED,
                stdin=self._terminal,
                stdout=output,
                stderr=output,
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    def type(self, line: str) -> None:
        os.write(self._keyboard, f"{line}\n".encode())

    def logged(self, text: str) -> int:
        """How often it said so, over all its starts."""
        return self.log.read_text().count(text)

    def told(self, beginning: str) -> str:
        """What followed that on the line where it said so first."""
        return self.log.read_text().partition(beginning)[2].partition("\n")[0].strip()

    async def logs(self, text: str, times: int = 1) -> None:
        try:
            await until(lambda: self.logged(text) >= times, PATIENCE_S)
        except TimeoutError:
            pytest.fail(f"not logged {times} times: {text}\n{self.log.read_text()[-4000:]}")

    async def kill(self) -> None:
        """Without a word to anybody, as a pulled plug."""
        if self._child.returncode is None:
            self._child.kill()
        await self._child.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def stop(self) -> None:
        """As it is told to end, with time to keep what it must."""
        if self._child.returncode is None:
            self._child.terminate()
            try:
                await asyncio.wait_for(self._child.wait(), ENDS_S)
            except TimeoutError:
                await self.kill()

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()
        os.close(self._keyboard)
        os.close(self._terminal)


class Hub(Process):
    """`pommai-hub run` on a data folder of its own, with the providers that need no download."""

    def __init__(self, folder: Path, address: str, machine: Sequence[str] = ()) -> None:
        self._machine = machine
        self._data = folder / "data"
        run = [str(BIN / "pommai-hub"), "run", "--data", str(self._data)]
        options = ["--interface", address, "--port", "0"]
        super().__init__([*machine, *run, *options], folder / "hub.log")

    async def toys(self, action: str, name: str, **given: str) -> Any:
        """What it answers to `pommai-hub toys ACTION NAME`; see `ask`."""
        return await self.ask("POST", device_path(name, action), **given)

    async def ask(self, method: str, path: str, **body: str) -> Any:
        """What it answers to a command, asked without the seconds that a process takes; None when it refuses."""
        try:
            async with running_hub(self._data) as remote:
                assert remote is not None, "the hub does not run"
                return await remote.call(method, path, **body)
        except PommaiError as error:
            print(method, path, error)  # for who reads why a test failed
            return None

    async def command(self, *arguments: str) -> bytes | None:
        """What another `pommai-hub` command says on this data folder; None when it fails."""
        child = await asyncio.create_subprocess_exec(
            *self._machine,
            *(str(BIN / "pommai-hub"), *arguments, "--data", str(self._data)),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        answer, complaint = await child.communicate()
        if child.returncode != 0:
            print(arguments, complaint.decode())  # for who reads why a test failed
            return None
        return answer

    async def listed(self, name: str) -> dict[str, Any] | None:
        """A satellite as `pommai-hub toys list` has it; None where it is not there."""
        async with running_hub(self._data) as remote:
            assert remote is not None, "the hub does not run"
            house = await listed(remote)
        return next((found for found in house["satellites"] if found["name"] == name), None)

    async def finds(self, name: str) -> None:
        """Once it runs: before that, a command would take its place."""
        await self.logs("Guardian pages")
        async with asyncio.timeout(PATIENCE_S):
            while await self.listed(name) is None:
                await asyncio.sleep(0.1)

    async def adopt(self, name: str) -> None:
        await self.finds(name)
        assert await self.toys("adopt", name)

    async def adopt_at(self, address: str) -> None:
        """At host:port, as soon as somebody listens there."""
        await self.logs("Guardian pages")
        async with asyncio.timeout(PATIENCE_S):
            while await self.toys("adopt", address) is None:
                await asyncio.sleep(0.1)

    def linked(self) -> int:
        """How often a satellite was linked, over all its starts."""
        return self.logged('"event": "linked"')

    async def is_linked(self, times: int) -> None:
        await self.logs('"event": "linked"', times)

    def turns(self) -> list[tuple[str, str]]:
        """(state, heard) of each turn, oldest first."""
        return [
            (state, heard)
            for state, heard in self._rows("SELECT state, heard FROM turns ORDER BY started_at")
        ]

    def states(self) -> list[str]:
        """Of each turn, oldest first."""
        return [state for state, _ in self.turns()]

    def alerts(self) -> list[str]:
        """The title of each, the newest first."""
        return [title for [title] in self._rows("SELECT title FROM alerts ORDER BY at DESC")]

    def _rows(self, query: str) -> list[tuple[str, ...]]:
        database = self._data / "pommai.db"
        if not database.exists():
            return []
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return list(connection.execute(query))

    async def has_turns(self, *states: str) -> None:
        def as_wanted() -> bool:
            return self.states() == list(states)

        try:
            await until(as_wanted, PATIENCE_S)
        except TimeoutError:
            pytest.fail(f"turns are {self.turns()}; the hub's log:\n{self.log.read_text()}")


class Room:
    """Where a satellite stands: what is said in it, and what its speaker has played."""

    def __init__(self, folder: Path) -> None:
        self._says = folder / "says"
        self._says.mkdir()
        self.played = folder / "played.raw"
        self.played.touch()
        self.mic = f"{sys.executable} -m tests.devices.mic_of_files {self._says}"
        self.speaker = f"sh -c 'cat >> {self.played}'"

    def say(self, *recordings: str) -> None:
        """One right after the other."""
        for number, recording in enumerate(recordings):
            shutil.copy(ours(recording), self._says / "next.tmp")
            (self._says / "next.tmp").rename(self._says / f"next-{number}.wav")

    def listens(self) -> bool:
        """Whether a microphone is open in it."""
        command_lines = psutil.process_iter(["cmdline"])
        return any(str(self._says) in (it.info["cmdline"] or ()) for it in command_lines)

    def unheard(self) -> bool:
        """Whether no microphone has taken yet what was said last."""
        return any(self._says.glob("*.wav"))

    def played_bytes(self) -> int:
        return self.played.stat().st_size

    async def hears_more(self, than: int) -> None:
        await until(lambda: self.played_bytes() > than, PATIENCE_S)

    async def is_quiet(self) -> None:
        """The speaker has been silent for a moment."""
        before = -1
        while before != self.played_bytes():
            before = self.played_bytes()
            await asyncio.sleep(1.5)


async def talk(hub: Hub, room: Room, recording: str, state: str = "done") -> None:
    """A whole turn, which ends so."""
    before, states = room.played_bytes(), hub.states()
    room.say(recording)
    await hub.has_turns(*states, state)
    await room.hears_more(before)
    await room.is_quiet()


def free_port() -> int:
    """One below those that Linux deals out, so that nobody is given it while its own program is not there."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@asynccontextmanager
async def satellite_in(
    room: Room,
    folder: Path,
    name: str,
    machine: Sequence[str] = (),
    options: Sequence[str] = (),
    *,
    plain: bool = True,
) -> AsyncIterator[Process]:
    """`pommai-satellite run` in `room`, on all addresses of its machine unless `options` say otherwise."""
    run = [str(BIN / "pommai-satellite"), "run", "--wake", "voice", "--name", name]
    run += ["--plain"] * plain
    sound = ["--mic", f"command:{room.mic}", "--speaker", f"command:{room.speaker}"]
    state = ["--state", str(folder / "state")]
    command = [*machine, *run, *sound, *state, *options]
    async with Process(command, folder / "satellite.log") as process:
        yield process
