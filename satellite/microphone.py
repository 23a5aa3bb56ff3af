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
from satellite.pipe import Take

KINDS: Final = "wav:FILE, command:PROGRAM, alsa:DEVICE or alsa:usb"


class Microphone(Protocol):
    async def hear(self, take: Take) -> None:
        """Opens the device, gives `take` each chunk (CHUNK_BYTES of 16 kHz PCM) as it comes, closes it in the end.

        Raises DeviceError, and what `take` raises.
        """
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
    """Plays a file at the pace of time from the first hearing on, and then silence for ever."""

    def __init__(self, pcm: bytes, clock: Clock) -> None:
        self._pcm = pcm
        self._clock = clock
        self._at = 0

    async def hear(self, take: Take) -> None:
        due_s = self._clock.monotonic()
        while True:
            now_s = self._clock.monotonic()
            due_s = max(due_s, now_s - 1.0) + CHUNK_MS / 1000  # late by a second: don't rush
            if due_s > now_s:
                await self._clock.sleep(due_s - now_s)
            chunk = self._pcm[self._at : self._at + CHUNK_BYTES]
            self._at += len(chunk)
            take(chunk + SILENCE[len(chunk) :])


class CommandMicrophone:
    """A program that gives raw 16 kHz PCM on its output."""

    def __init__(self, command: Sequence[str], clock: Clock) -> None:
        self._command = command
        self._clock = clock

    async def hear(self, take: Take) -> None:
        program = await Child.start(self._command, self._clock, gives=True)
        try:
            await program.pour(CHUNK_BYTES, take)
        finally:
            await program.kill()


class AlsaMicrophone:
    """A sound card, looked for anew each time: it may have been unplugged since."""

    def __init__(self, device: str, clock: Clock) -> None:
        self._device = device
        self._clock = clock

    async def hear(self, take: Take) -> None:
        try:
            await CommandMicrophone(alsa.recorder(self._device), self._clock).hear(take)
        except DeviceError as error:
            raise alsa.explained(error, self._device, "capture") from error
