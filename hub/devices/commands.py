"""What passes between the hub and one of its own toys beside turns, over a paired link to a satellite of ours.

Each command is acknowledged in time, or is an error. What the toy says by itself is for `hub.devices.reports`.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from typing import Final, Protocol

import structlog
from wyoming.event import Event

from hub.devices.background import Work
from hub.domain.clock import Clock
from hub.domain.toys import Satellite, SatelliteSettings, Toy
from hub.errors import LinkError, PommaiError, RefusedError
from hub.translation import gettext as _
from satellite.wire import commands as wire
from satellite.wire.phrases import PhrasePiece
from satellite.wire.stream import WireError

log = structlog.get_logger()

MAX_ANSWER_S: Final = 5.0
MAX_OPEN: Final = 6
"""Commands without an answer; a toy holds a few more."""


class CommandChannel:
    """The commands of one link, numbered and answered."""

    def __init__(self, send: Callable[[Event], Awaitable[None]], clock: Clock) -> None:
        self._send = send
        self._clock = clock
        self._numbers = itertools.count(1)
        self._open: dict[str, asyncio.Future[wire.Done]] = {}

    @property
    def is_idle(self) -> bool:
        """Every command was answered, or given up."""
        return not self._open

    async def settle(self, settings: SatelliteSettings) -> None:
        """Make the toy be so for good. Raises RefusedError for what it can't do, and LinkError."""
        wanted = checked(settings)
        await self.ask(wanted.event)

    async def command(self, do: str) -> None:
        """One of `satellite.wire.commands.COMMANDS`, at once. Raises RefusedError and LinkError."""
        await self.ask(lambda number: wire.Command(number, do).event())

    async def give(self, sha256: str, size: int, at: int, data: bytes) -> None:
        """A piece of the lines that it carries. Raises RefusedError and LinkError."""
        await self.ask(lambda number: PhrasePiece(number, sha256, size, at, data).event())

    async def acknowledge(self, number: str) -> None:
        """What the toy told is on the disk. Raises LinkError."""
        await self._send(wire.Done(number, ok=True).event())

    def answered(self, event: Event) -> None:
        """The toy's `pommai-done`; one that nobody waits for any more is passed over. Raises LinkError."""
        try:
            done = wire.Done.from_event(event)
        except WireError as error:
            raise LinkError(str(error)) from error
        waiting = self._open.get(done.id)
        if waiting is not None and not waiting.done():
            waiting.set_result(done)

    async def ask(self, event: Callable[[str], Event], answer_s: float = MAX_ANSWER_S) -> wire.Done:
        """Send what `event` makes of a number for it. Raises RefusedError with the toy's no, and LinkError."""
        if len(self._open) >= MAX_OPEN:
            raise RefusedError(
                _("it has not answered what it was told before: try again in a moment")
            )
        number = str(next(self._numbers))
        answer = self._open[number] = asyncio.get_running_loop().create_future()
        try:
            async with self._clock.timeout(answer_s):
                await self._send(event(number))
                done: wire.Done = await answer
        except TimeoutError as error:
            raise LinkError(
                _(
                    "it did not answer within %(answer_s)s s: is it near enough to the Wi-Fi?",
                    answer_s=f"{answer_s:g}",
                )
            ) from error
        finally:
            del self._open[number]
        if not done.ok:
            raise RefusedError(done.detail or "it can't do that now")
        return done


def checked(settings: SatelliteSettings) -> wire.SettingsMessage:
    """Raises RefusedError for what no toy takes."""
    try:
        return wire.SettingsMessage.from_data(asdict(settings))
    except WireError as error:
        raise RefusedError(str(error).removeprefix(f"{wire.SETTINGS}: ")) from error


class LinkedDevice(Protocol):
    """What those that bring a satellite something need of its `Device`."""

    @property
    def satellite(self) -> Satellite:
        """As it stands on the disk."""
        ...

    @property
    def commands(self) -> CommandChannel | None:
        """Of the link of now; None while the satellite is away, or takes no commands."""
        ...

    @property
    def is_quiet(self) -> bool:
        """Nobody talks with it, and nobody is about to."""
        ...

    @property
    def speaks_opus(self) -> bool:
        """Its sound goes as Opus."""
        ...

    async def toy(self) -> Toy:
        """Who lives in it. Raises NotFoundError."""
        ...

    async def keep(self, satellite: Satellite) -> None:
        """Put it on the disk as it is now. Raises NotFoundError once it was released, DataError."""
        ...

    def spawn(self, work: Work, name: str, *, once: bool = False) -> None:
        """Run something beside the link; with `once` not while another of that name runs."""
        ...

    def changed(self) -> None:
        """There is something new to show."""
        ...


class SettingsDelivery:
    """Has a paired satellite be as its parents want it, at once or when it is back."""

    def __init__(self, device: LinkedDevice) -> None:
        self._device = device
        self._settling = asyncio.Lock()
        """Held from reading what is to hold until it does, whatever becomes of the link."""
        self._has_them = False
        """It is linked, and known to have what holds."""

    async def change(self, change: Callable[[SatelliteSettings], SatelliteSettings]) -> None:
        """Raises NotFoundError, RefusedError, LinkError, DataError."""
        async with self._settling:
            settings = change(self._device.satellite.settings)
            checked(settings)
            if commands := self._device.commands:
                await self._give(commands, settings)
            await self._device.keep(replace(self._device.satellite, settings=settings))

    def note(self) -> None:
        """It said how it is: it gets what holds, if it may not have that."""
        self._device.spawn(self._bring(), "settings")

    def parted(self) -> None:
        """It is no longer linked."""
        self._has_them = False

    async def _bring(self) -> None:
        device = self._device
        try:
            async with self._settling:
                if device.commands is not None and not self._has_them:
                    await self._give(device.commands, device.satellite.settings)
        except PommaiError as error:
            key = device.satellite.key
            log.warning("a toy does not take its settings", satellite=key, error=str(error))

    async def _give(self, commands: CommandChannel, settings: SatelliteSettings) -> None:
        """A satellite that doesn't answer may have them or not. Raises RefusedError, LinkError."""
        self._has_them = True
        try:
            await commands.settle(settings)
        except LinkError:
            self._has_them = False
            raise


class StopDelivery:
    """Tells a paired satellite of the emergency stop, so that what it says without this hub stops, too.

    It is told when it comes into this hub's charge, before all else, and at every change; what its reports say is
    compared with what holds.
    """

    def __init__(self, device: LinkedDevice, stopped: Callable[[], bool]) -> None:
        """`stopped` says whether the stop is on."""
        self._device = device
        self._stopped = stopped
        self._telling = asyncio.Lock()
        self._waits = False
        self._is_silent = False
        """What it said last, be it linked or away."""

    @property
    def may_talk(self) -> bool:
        """Whether the satellite, while it is away, may say lines that it carries, although all are stopped."""
        return self._stopped() and not self._is_silent

    def tell(self) -> None:
        """What holds now, as soon as it has answered what it was told before."""
        if self._device.commands is not None and not self._waits:
            self._waits = True
            self._device.spawn(self._tell(), "stop")

    def note(self, report: wire.StatusReport) -> None:
        """What it says of itself, each minute."""
        if report.stopped is not None:
            self._is_silent = report.stopped
            if report.stopped is not self._stopped():
                self.tell()

    async def _tell(self) -> None:
        key = self._device.satellite.key
        try:
            await self._telling.acquire()
        finally:
            self._waits = False
        try:
            commands, on = self._device.commands, self._stopped()
            if commands is not None:
                await commands.ask(lambda number: wire.StopMessage(number, on).event())
                self._is_silent = on
        except LinkError as error:
            log.info("a toy went before it heard of the stop", satellite=key, error=str(error))
        except PommaiError as error:
            log.warning("a toy does not take the stop", satellite=key, error=str(error))
        finally:
            self._telling.release()
