"""Speakers: where the satellite's sound goes to, one utterance at a time.

`open_speaker("alsa:default")`, `wav:FILE`, `command:PROGRAM` or `none` gives one. Who writes keeps
the pace; a speaker holds a fraction of a second, so that `stop` is heard at once.
"""

import shlex
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from satellite.audio import alsa
from satellite.audio.pcm import RATE_HZ
from satellite.audio.program import ExternalProgram
from satellite.clock import Clock
from satellite.errors import DeviceError, SetupError

KINDS: Final = "wav:FILE, command:PROGRAM, alsa:DEVICE, alsa:usb or none"
MAX_FINISH_S: Final = 3.0
"""A program ends within so long after its last sample was due."""


class AudioSink(Protocol):
    rate_hz: int | None
    """The only rate that it plays; None plays any."""

    async def start(self, rate_hz: int) -> None:
        """An utterance begins. Raises DeviceError, as the others do."""
        ...

    async def write(self, pcm: bytes) -> None: ...

    async def finish(self) -> None:
        """Returns when the last sample has left the speaker."""
        ...

    async def stop(self) -> None:
        """Be silent at once; what was written and not yet heard is lost."""
        ...

    async def aclose(self) -> None: ...


def open_speaker(spec: str, clock: Clock) -> AudioSink:
    """Raises SetupError when `spec` is none, or names a file that can't be written."""
    kind, _, what = spec.partition(":")
    if spec == "none":
        return NoSpeaker()
    if what and kind == "wav":
        from satellite.audio.wav import WavSpeaker  # for who tries a toy on a PC

        return WavSpeaker(Path(what))
    if what and kind == "command":
        command = shlex.split(what)
        return CommandSpeaker(lambda _rate_hz: command, clock, rate_hz=RATE_HZ)
    if what and kind == "alsa":
        return AlsaSpeaker(what, clock)
    raise SetupError(f"--speaker {spec}: must be {KINDS}")


class NoSpeaker:
    """A toy without a speaker: it only takes the time."""

    rate_hz: int | None = None

    async def start(self, rate_hz: int) -> None: ...

    async def write(self, pcm: bytes) -> None: ...

    async def finish(self) -> None: ...

    async def stop(self) -> None: ...

    async def aclose(self) -> None: ...


class CommandSpeaker:
    """A program that takes raw PCM on its input, started for each utterance."""

    def __init__(
        self, command: Callable[[int], Sequence[str]], clock: Clock, *, rate_hz: int | None
    ) -> None:
        """`command` makes the command line for a rate."""
        self.rate_hz = rate_hz
        self._command = command
        self._clock = clock
        self._child: ExternalProgram | None = None

    async def start(self, rate_hz: int) -> None:
        await self.stop()
        self._child = await ExternalProgram.start(self._command(rate_hz), self._clock, gives=False)

    async def write(self, pcm: bytes) -> None:
        assert self._child is not None
        await self._child.write(pcm)

    async def finish(self) -> None:
        assert self._child is not None
        await self._child.finish(MAX_FINISH_S)
        self._child = None

    async def stop(self) -> None:
        if self._child is not None:
            child, self._child = self._child, None
            await child.kill()

    async def aclose(self) -> None:
        await self.stop()


class AlsaSpeaker(CommandSpeaker):
    """A sound card, looked for anew for each utterance."""

    def __init__(self, device: str, clock: Clock) -> None:
        super().__init__(lambda rate_hz: alsa.player(device, rate_hz), clock, rate_hz=None)
        self._device = device

    async def start(self, rate_hz: int) -> None:
        with self._explained():
            await super().start(rate_hz)

    async def write(self, pcm: bytes) -> None:
        with self._explained():
            await super().write(pcm)

    async def finish(self) -> None:
        with self._explained():
            await super().finish()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DeviceError as error:
            raise alsa.explained(error, self._device, "playback") from error


FULL_VOLUME: Final = 256


class VolumeSpeaker:
    """Another speaker, never louder than it; `set_percent` holds from the next sound on."""

    def __init__(self, speaker: AudioSink) -> None:
        self.rate_hz = speaker.rate_hz
        self._speaker = speaker
        self._factor = FULL_VOLUME

    def set_percent(self, percent: int) -> None:
        """As loud as it sounds: half of it takes a quarter of the amplitude."""
        self._factor = round(FULL_VOLUME * (min(max(percent, 0), 100) / 100) ** 2)

    async def start(self, rate_hz: int) -> None:
        await self._speaker.start(rate_hz)

    async def write(self, pcm: bytes) -> None:
        await self._speaker.write(self._quieter(pcm))

    async def finish(self) -> None:
        await self._speaker.finish()

    async def stop(self) -> None:
        await self._speaker.stop()

    async def aclose(self) -> None:
        await self._speaker.aclose()

    def _quieter(self, pcm: bytes) -> bytes:
        factor = self._factor
        if factor == FULL_VOLUME:
            return pcm
        return array("h", [sample * factor // FULL_VOLUME for sample in array("h", pcm)]).tobytes()
