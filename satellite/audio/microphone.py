"""Microphones: where the satellite's sound comes from, in chunks of 20 ms as time goes by.

`open_microphone("alsa:default")`, `wav:FILE` or `command:PROGRAM` gives one.
"""

import asyncio
import logging
import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from satellite.audio import alsa
from satellite.audio.pcm import CHUNK_BYTES, CHUNK_MS, SILENCE
from satellite.audio.program import ExternalProgram, Take
from satellite.clock import Clock, backoff_s
from satellite.errors import DeviceError, SetupError

KINDS: Final = "wav:FILE, command:PROGRAM, alsa:DEVICE or alsa:usb"


class AudioSource(Protocol):
    async def hear(self, take: Take) -> None:
        """Opens the device, gives `take` each chunk (CHUNK_BYTES of 16 kHz PCM) as it comes, closes it in the end.

        Raises DeviceError, and what `take` raises.
        """
        ...


def open_microphone(spec: str, clock: Clock) -> AudioSource:
    """Raises SetupError when `spec` is none, or names a file that isn't sound."""
    kind, _, what = spec.partition(":")
    if what and kind == "wav":
        from satellite.audio.wav import read_speech  # for who tries a toy on a PC

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
        program = await ExternalProgram.start(self._command, self._clock, gives=True)
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


_log = logging.getLogger(__name__)


class CaptureListener(Protocol):
    """What takes the captured sound; a `SatelliteSession`. Each call may raise WireError."""

    def heard(self, chunk: bytes) -> None:
        """20 ms of sound."""
        ...

    def hears_no_more(self) -> None:
        """The microphone's sound is no longer wanted."""
        ...

    def became_deaf(self, error: DeviceError) -> None:
        """Said once, however often it is tried again."""
        ...

    def hears_again(self) -> None: ...


class MicrophoneCapture:
    def __init__(self, microphone: AudioSource, clock: Clock) -> None:
        self.is_deaf = False
        """The microphone doesn't work."""
        self._microphone = microphone
        self._clock = clock
        self._wanted = asyncio.Event()
        self._hearing: asyncio.Timeout | None = None
        """Ends where the microphone's sound is no longer wanted."""

    @property
    def is_wanted(self) -> bool:
        return self._wanted.is_set()

    @property
    def hears(self) -> bool:
        return self.is_wanted and not self.is_deaf

    def want(self, wanted: bool) -> None:
        """Whether the microphone is open and its sound handed on; no chunk is once it isn't wanted."""
        if wanted:
            self._wanted.set()
        else:
            self._wanted.clear()
            if self._hearing is not None and not self._hearing.expired():
                self._hearing.reschedule(0.0)

    async def run(self, listener: CaptureListener) -> None:
        """Until cancelled."""
        pauses_s = backoff_s()

        def take(chunk: bytes) -> None:
            nonlocal pauses_s
            if self.is_deaf:
                pauses_s = backoff_s()
                _log.info("the microphone is back")
                self.is_deaf = False
                listener.hears_again()
            if self._wanted.is_set():
                listener.heard(chunk)

        while True:
            while not self._wanted.is_set():  # it may be wanted for a moment alone
                await self._wanted.wait()
            try:
                await self._hear_while_wanted(take)
                listener.hears_no_more()
            except DeviceError as error:
                self._became_deaf(listener, error)
                await self._clock.sleep(next(pauses_s))

    async def _hear_while_wanted(self, take: Take) -> None:
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(None) as self._hearing:
                    await self._microphone.hear(take)
        finally:
            self._hearing = None

    def _became_deaf(self, listener: CaptureListener, error: DeviceError) -> None:
        if self.is_deaf:
            _log.debug("microphone: %s", error)
            return
        _log.error("microphone: %s; trying until it works", error)
        self.is_deaf = True
        listener.became_deaf(error)
