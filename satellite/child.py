"""A program beside the satellite that gives or takes sound through a pipe, e.g. `arecord`."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from typing import Final, NoReturn

from satellite.clock import Clock
from satellite.errors import DeviceError
from satellite.pipe import Pipe, Take

SILENT_S: Final = 5.0
"""A program that gives nothing for so long is broken; a slow sound card opens faster."""
WRITE_S: Final = 2.0
"""A program that takes no sound for so long is broken: what it gets is paced already."""

KILL_S: Final = 1.0
"""A killed program is gone within so long, or another one holds its pipe."""
ENDING_S: Final = 0.2
"""Time for its last words …"""
COMPLAINT_BYTES: Final = 200
"""… and how much of them is shown."""


class Child:
    """A started program; `kill` it when done, which silences it within milliseconds."""

    def __init__(self, process: Process, output: Pipe | None, name: str, clock: Clock) -> None:
        self._process = process
        self._output = output
        self._name = name
        self._clock = clock
        self._complaint = b""
        self._complaints = asyncio.create_task(self._read_complaints())

    @classmethod
    async def start(cls, command: Sequence[str], clock: Clock, *, gives: bool) -> "Child":
        """`gives` sound on its output, or else takes it on its input. Raises DeviceError."""
        output = None
        try:
            output = Pipe(clock, SILENT_S) if gives else None
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
            raise DeviceError(f"{self._name} gave no sound for {SILENT_S:g} s") from error
        raise DeviceError(await self._ended())

    async def write(self, pcm: bytes) -> None:
        """Raises DeviceError when it has ended or takes nothing."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(pcm)
            takes = not self._process.stdin.transport.get_write_buffer_size()
            async with self._clock.timeout(None if takes else WRITE_S):
                await self._process.stdin.drain()
        except TimeoutError as error:
            raise DeviceError(f"{self._name} took no sound for {WRITE_S:g} s") from error
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
                with contextlib.suppress(ProcessLookupError):  # it ended by itself just now
                    os.killpg(self._process.pid, signal.SIGKILL)
                with contextlib.suppress(TimeoutError):
                    async with self._clock.timeout(KILL_S):
                        await self._process.wait()
        finally:
            self._complaints.cancel()
            if self._output is not None:
                self._output.close()
                self._output = None

    async def _ended(self) -> str:
        """Why; it may also have closed its pipe and run on, so it is killed."""
        with contextlib.suppress(TimeoutError):
            async with self._clock.timeout(ENDING_S):
                await asyncio.wait([self._complaints])
        await self.kill()
        lines = self._complaint.decode("utf-8", "replace").strip().splitlines()
        why = lines[-1].strip() if lines else f"exit status {self._process.returncode}"
        return f"{self._name} ended: {why}"

    async def _read_complaints(self) -> None:
        """Keep the end of what it says on stderr, and let it never block there."""
        assert self._process.stderr is not None
        while piece := await self._process.stderr.read(4096):
            self._complaint = (self._complaint + piece)[-COMPLAINT_BYTES:]


def _cant_run(program: str, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        hint = " (sudo apt install alsa-utils)" if program in ("arecord", "aplay") else ""
        return f"{program}: there is no such program{hint}"
    return f"{program}: can't run it: {error.strerror}"
