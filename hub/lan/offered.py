"""Something that the hub offers to other machines, as a parent has set it: off, or on at some of its networks.

What a parent changes holds at once; where an address of a chosen network changes, it moves along.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Generic, Protocol, TypeVar

import structlog

from hub.domain.clock import Clock
from hub.errors import DataError
from hub.events import Bus, HouseholdChanged, Missed, Subscription
from hub.lan.interfaces import addresses_of

log = structlog.get_logger()

POLL_S: Final = 10.0
"""How often the machine's addresses are looked at."""


class Settings(Protocol):
    @property
    def on(self) -> bool: ...

    @property
    def interfaces(self) -> tuple[str, ...]: ...


S = TypeVar("S", bound=Settings)


class Offered(Generic[S]):
    """`run` it for as long as the hub."""

    def __init__(
        self,
        what: str,
        settings: Callable[[], Awaitable[S]],
        listening: Callable[[S, tuple[str, ...]], AbstractAsyncContextManager[int]],
        bus: Bus,
        clock: Clock,
        listens: Callable[[int], None] = lambda port: None,
    ) -> None:
        """`listening` listens on those addresses while within, and gives the port or raises OSError; `listens`
        is told of the port whenever it is opened."""
        self._what = what
        self._settings = settings
        self._listening = listening
        self._bus = bus
        self._clock = clock
        self._listens = listens
        self._complaint = ""

    async def run(self) -> None:
        with self._bus.subscribe() as changes:
            async with asyncio.TaskGroup() as tasks:
                now: tuple[S, tuple[str, ...]] | None = None
                serving: asyncio.Task[None] | None = None
                while True:
                    plan = await self._plan() or now
                    if plan != now or (serving is not None and serving.done()):
                        if serving is not None:
                            serving.cancel()
                            await asyncio.wait((serving,))
                        now, serving = plan, None
                        if plan and plan[1]:
                            serving = tasks.create_task(self._serve(*plan))
                    await self._until_changed(changes)

    async def _plan(self) -> tuple[S, tuple[str, ...]] | None:
        """The settings, and the addresses to listen on; None where they can't be read."""
        try:
            settings = await self._settings()
        except DataError as error:
            log.error("it stays as it is", what=self._what, error=str(error))
            return None
        return settings, addresses_of(settings.interfaces) if settings.on else ()

    async def _until_changed(self, changes: Subscription) -> None:
        with contextlib.suppress(TimeoutError):
            async with self._clock.timeout(POLL_S):
                while not isinstance(await changes.get(), HouseholdChanged | Missed):
                    continue

    async def _serve(self, settings: S, addresses: tuple[str, ...]) -> None:
        """Until cancelled, or the port can't be had: it is tried again then."""
        try:
            async with self._listening(settings, addresses) as port:
                log.info(
                    "listening for other machines", what=self._what, at=list(addresses), port=port
                )
                self._complaint = ""
                self._listens(port)
                await asyncio.Event().wait()
        except OSError as error:
            self._complain(f"{', '.join(addresses)}: {error.strerror}")

    def _complain(self, problem: str) -> None:
        """Once for each thing that is wrong, not every few seconds."""
        if problem != self._complaint:
            self._complaint = problem
            log.error(f"{self._what} can't listen; trying again", error=problem)
