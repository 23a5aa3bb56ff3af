"""Microphones: where the satellite's sound comes from, in chunks of 20 ms as time goes by.

`open_microphone("alsa:default")`, `wav:FILE` or `command:PROGRAM` gives one.
"""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from satellite import alsa
from satellite.child import Child
from satellite.clock import Clock
from satellite.errors import DeviceError, SetupError
from satellite.pcm import CHUNK_BYTES, CHUNK_MS, SILENCE

KINDS: Final = "wav:FILE, command:PROGRAM, alsa:DEVICE or alsa:usb"


class Microphone(Protocol):
    async def read(self) -> bytes:
        """The next chunk (CHUNK_BYTES of 16 kHz PCM), opening the device if need be.

        Raises DeviceError.
        """
        ...

    async def aclose(self) -> None:
        """Hear nothing until the next `read`."""
        ...


def open_microphone(spec: str, clock: Clock) -> Microphone:
    """Raises SetupError when `spec` is none, or names a file that isn't sound."""
    kind, _, what = spec.partition(":")
    if what and kind == "wav":
        from satellite.wav import read_speech  # for who tries a toy on a PC

        return WavMicrophone(read_speech(Path(what)), clock)
    if what and kind == "command":
        return CommandMicrophone(shlex.split(what), clock)
    if what and kind == "alsa":
        return AlsaMicrophone(what, clock)
    raise SetupError(f"--mic {spec}: must be {KINDS}")


class WavMicrophone:
    """Plays a file at the pace of time from the first `read` on, and then silence for ever."""

    def __init__(self, pcm: bytes, clock: Clock) -> None:
        self._pcm = pcm
        self._clock = clock
        self._at = 0
        self._next_s: float | None = None

    async def read(self) -> bytes:
        now_s = self._clock.monotonic()
        due_s = now_s + CHUNK_MS / 1000 if self._next_s is None else self._next_s
        self._next_s = max(due_s, now_s - 1.0) + CHUNK_MS / 1000  # late by a second: don't rush
        if due_s > now_s:
            await self._clock.sleep(due_s - now_s)
        chunk = self._pcm[self._at : self._at + CHUNK_BYTES]
        self._at += len(chunk)
        return chunk + SILENCE[len(chunk) :]

    async def aclose(self) -> None:
        self._next_s = None


class CommandMicrophone:
    """A program that gives raw 16 kHz PCM on its output, started at the first `read`."""

    def __init__(self, command: Sequence[str], clock: Clock) -> None:
        self._command = command
        self._clock = clock
        self._child: Child | None = None

    async def read(self) -> bytes:
        if self._child is None:
            self._child = await Child.start(self._command, self._clock, gives=True)
        return await self._child.read(CHUNK_BYTES)

    async def aclose(self) -> None:
        if self._child is not None:
            child, self._child = self._child, None
            await child.kill()


class AlsaMicrophone:
    """A sound card, looked for anew each time: it may have been unplugged since."""

    def __init__(self, device: str, clock: Clock) -> None:
        self._device = device
        self._clock = clock
        self._recorder: CommandMicrophone | None = None

    async def read(self) -> bytes:
        try:
            if self._recorder is None:
                self._recorder = CommandMicrophone(alsa.recorder(self._device), self._clock)
            return await self._recorder.read()
        except DeviceError as error:
            raise alsa.explained(error, self._device, "capture") from error

    async def aclose(self) -> None:
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            await recorder.aclose()
