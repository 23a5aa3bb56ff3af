"""Speakers: where the satellite's sound goes to, one utterance at a time.

`open_speaker("alsa:default")`, `wav:FILE`, `command:PROGRAM` or `none` gives one. Who writes keeps
the pace; a speaker holds a fraction of a second, so that `stop` is heard at once.
"""

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from satellite import alsa
from satellite.child import Child
from satellite.clock import Clock
from satellite.errors import DeviceError, SetupError
from satellite.pcm import RATE_HZ

KINDS: Final = "wav:FILE, command:PROGRAM, alsa:DEVICE, alsa:usb or none"
FINISH_S: Final = 3.0
"""A program ends within so long after its last sample was due."""


class Speaker(Protocol):
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


def open_speaker(spec: str, clock: Clock) -> Speaker:
    """Raises SetupError when `spec` is none, or names a file that can't be written."""
    kind, _, what = spec.partition(":")
    if spec == "none":
        return NoSpeaker()
    if what and kind == "wav":
        from satellite.wav import WavSpeaker  # for who tries a toy on a PC

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
        self._child: Child | None = None

    async def start(self, rate_hz: int) -> None:
        await self.stop()
        self._child = await Child.start(self._command(rate_hz), self._clock, gives=False)

    async def write(self, pcm: bytes) -> None:
        assert self._child is not None
        await self._child.write(pcm)

    async def finish(self) -> None:
        assert self._child is not None
        await self._child.finish(FINISH_S)
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
