"""What the hub tells one of its own toys beside turns, over one link: each is acknowledged in time, or an error.

Only over a paired link, and only to a satellite that knows what we add to Wyoming.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Final

from wyoming.event import Event

from hub.domain.clock import Clock
from hub.domain.toys import SatelliteSettings
from hub.errors import LinkError, RefusedError
from satellite import wire_home as said
from satellite.wire import WireError
from satellite.wire_pack import Piece

ANSWER_S: Final = 5.0
OPEN_MOST: Final = 6
"""Orders without an answer; a toy holds a few more."""


class Desk:
    def __init__(self, send: Callable[[Event], Awaitable[None]], clock: Clock) -> None:
        self._send = send
        self._clock = clock
        self._numbers = itertools.count(1)
        self._open: dict[str, asyncio.Future[said.Done]] = {}

    async def settle(self, settings: SatelliteSettings) -> None:
        """Make the toy be so for good. Raises RefusedError for what it can't do, and LinkError."""
        wanted = checked(settings)
        await self.ask(wanted.event)

    async def order(self, do: str) -> None:
        """One of `wire_home.COMMANDS`, at once. Raises RefusedError and LinkError."""
        await self.ask(lambda number: said.Command(number, do).event())

    async def give(self, sha256: str, size: int, at: int, data: bytes) -> None:
        """A piece of the lines that it carries. Raises RefusedError and LinkError."""
        await self.ask(lambda number: Piece(number, sha256, size, at, data).event())

    async def acknowledge(self, number: str) -> None:
        """What the toy told is on the disk. Raises LinkError."""
        await self._send(said.Done(number, ok=True).event())

    def answered(self, event: Event) -> None:
        """The toy's `pommai-done`; one that nobody waits for any more is passed over. Raises LinkError."""
        try:
            done = said.Done.from_event(event)
        except WireError as error:
            raise LinkError(str(error)) from error
        waiting = self._open.get(done.id)
        if waiting is not None and not waiting.done():
            waiting.set_result(done)

    async def ask(self, event: Callable[[str], Event], answer_s: float = ANSWER_S) -> said.Done:
        """Send what `event` makes of a number for it. Raises RefusedError with the toy's no, and LinkError."""
        if len(self._open) >= OPEN_MOST:
            raise RefusedError("it has not answered what it was told before: try again in a moment")
        number = str(next(self._numbers))
        answer = self._open[number] = asyncio.get_running_loop().create_future()
        try:
            async with self._clock.timeout(answer_s):
                await self._send(event(number))
                done: said.Done = await answer
        except TimeoutError as error:
            raise LinkError(
                f"it did not answer within {answer_s:g} s: is it near enough to the Wi-Fi?"
            ) from error
        finally:
            del self._open[number]
        if not done.ok:
            raise RefusedError(done.detail or "it can't do that now")
        return done


def checked(settings: SatelliteSettings) -> said.Settings:
    """Raises RefusedError for what no toy takes."""
    try:
        return said.Settings.from_data(asdict(settings))
    except WireError as error:
        raise RefusedError(str(error).removeprefix(f"{said.SETTINGS}: ")) from error
