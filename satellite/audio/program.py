"""A program beside the satellite that gives or takes sound through a pipe, e.g. `arecord`."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, NoReturn

from satellite.clock import Clock, happens
from satellite.errors import DeviceError

MAX_SILENT_S: Final = 5.0
"""A program that gives nothing for so long is broken; a slow sound card opens faster."""
MAX_WRITE_S: Final = 2.0
"""A program that takes no sound for so long is broken: what it gets is paced already."""
MAX_KILL_S: Final = 1.0
"""A killed program is gone within so long, or another one holds its pipe."""
MAX_ENDING_S: Final = 0.2
"""How long a program that ended may take to write its last complaint."""
MAX_COMPLAINT_BYTES: Final = 200
"""How much of its last complaint is shown."""
MAX_READ_BYTES: Final = 4096
"""Taken at once; the rest waits in the pipe."""

Take = Callable[[bytes], None]


class Pipe:
    """What a program gives, 50 times a second, in one round of the event loop for each piece; streams take three."""

    def __init__(self, clock: Clock, most_s: float) -> None:
        """`pour` fails when nothing comes for `most_s`. Raises OSError."""
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._most_s = most_s
        self._end, self.write_end = os.pipe()
        """The other end, for a program; `hand_over` when it has it."""
        os.set_blocking(self._end, False)
        self._held = b""
        """What is yet to be taken: the begin of a piece, as a rule."""
        self._came_s = 0.0
        self._problem: Exception | None = None
        """What who takes has raised."""

    def hand_over(self) -> None:
        """The program has its end: what it closes is closed."""
        os.close(self.write_end)

    async def pour(self, size: int, take: Take) -> None:
        """`take` gets each `size` bytes as soon as they are there, until the program has closed its end.

        Raises TimeoutError, and what `take` raises.
        """
        ended = asyncio.Event()
        self._problem = None
        self._came_s = self._clock.monotonic()
        self._loop.add_reader(self._end, self._receive, size, take, ended)
        try:
            while not ended.is_set():
                left_s = self._came_s + self._most_s - self._clock.monotonic()
                if left_s <= 0:
                    raise TimeoutError
                await happens(ended, self._clock, left_s)
        finally:
            self._loop.remove_reader(self._end)
        if self._problem is not None:
            raise self._problem

    def close(self) -> None:
        """Once, while nothing pours."""
        os.close(self._end)

    def _receive(self, size: int, take: Take, ended: asyncio.Event) -> None:
        """Called by the event loop itself; no task is woken for it."""
        try:
            received = os.read(self._end, MAX_READ_BYTES)
        except BlockingIOError:
            return
        self._came_s = self._clock.monotonic()
        sound, at = self._held + received, 0
        try:
            while len(sound) - at >= size:
                at += size
                take(sound[at - size : at])
        except Exception as error:  # noqa: BLE001  # whoever awaits `pour` gets it
            self._problem = error
        self._held = sound[at:]
        if not received or self._problem is not None:
            self._loop.remove_reader(self._end)
            ended.set()


class ExternalProgram:
    """A started program; `kill` it when done, which silences it within milliseconds."""

    def __init__(self, process: Process, output: Pipe | None, name: str, clock: Clock) -> None:
        self._process = process
        self._output = output
        self._name = name
        self._clock = clock
        self._complaint = b""
        self._complaints = asyncio.create_task(self._read_complaints())

    @classmethod
    async def start(cls, command: Sequence[str], clock: Clock, *, gives: bool) -> "ExternalProgram":
        """`gives` sound on its output, or else takes it on its input. Raises DeviceError."""
        output = None
        try:
            output = Pipe(clock, MAX_SILENT_S) if gives else None
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=DEVNULL if gives else PIPE,
                stdout=output.write_end if output else DEVNULL,
                stderr=PIPE,
                start_new_session=True,  # so that the kill reaches a shell's children, too
            )
        except BaseException as error:
            if output is not None:
                output.close()
            if isinstance(error, OSError):
                raise DeviceError(_cant_run(command[0], error)) from error
            raise
        finally:
            if output is not None:
                output.hand_over()
        return cls(process, output, command[0], clock)

    async def pour(self, size: int, take: Take) -> NoReturn:
        """`take` gets each `size` bytes of its output.

        Raises DeviceError when it ends or gives nothing, and what `take` raises.
        """
        assert self._output is not None
        try:
            await self._output.pour(size, take)
        except TimeoutError as error:
            raise DeviceError(f"{self._name} gave no sound for {MAX_SILENT_S:g} s") from error
        raise DeviceError(await self._ended())

    async def write(self, pcm: bytes) -> None:
        """Raises DeviceError when it has ended or takes nothing."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(pcm)
            takes = not self._process.stdin.transport.get_write_buffer_size()
            async with self._clock.timeout(None if takes else MAX_WRITE_S):
                await self._process.stdin.drain()
        except TimeoutError as error:
            raise DeviceError(f"{self._name} took no sound for {MAX_WRITE_S:g} s") from error
        except OSError as error:
            raise DeviceError(await self._ended()) from error

    async def finish(self, most_s: float) -> None:
        """Close its input and wait until it has played out, at most `most_s`; then it is gone."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with self._clock.timeout(most_s):
                await self._process.wait()
        except TimeoutError as error:
            raise DeviceError(f"{self._name} did not end {most_s:g} s after its sound") from error
        if self._process.returncode:
            raise DeviceError(await self._ended())
        await self.kill()

    async def kill(self) -> None:
        try:
            if self._process.returncode is None:
                with suppress(ProcessLookupError):  # it ended by itself just now
                    os.killpg(self._process.pid, signal.SIGKILL)
                with suppress(TimeoutError):
                    async with self._clock.timeout(MAX_KILL_S):
                        await self._process.wait()
        finally:
            self._complaints.cancel()
            if self._output is not None:
                self._output.close()
                self._output = None

    async def _ended(self) -> str:
        """Why; it may also have closed its pipe and run on, so it is killed."""
        with suppress(TimeoutError):
            async with self._clock.timeout(MAX_ENDING_S):
                await asyncio.wait([self._complaints])
        await self.kill()
        lines = self._complaint.decode("utf-8", "replace").strip().splitlines()
        why = lines[-1].strip() if lines else f"exit status {self._process.returncode}"
        return f"{self._name} ended: {why}"

    async def _read_complaints(self) -> None:
        """Keep the end of what it says on stderr, and let it never block there."""
        assert self._process.stderr is not None
        while piece := await self._process.stderr.read(4096):
            self._complaint = (self._complaint + piece)[-MAX_COMPLAINT_BYTES:]


def _cant_run(program: str, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        hint = " (sudo apt install alsa-utils)" if program in ("arecord", "aplay") else ""
        return f"{program}: there is no such program{hint}"
    return f"{program}: can't run it: {error.strerror}"
