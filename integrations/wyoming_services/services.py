"""The services as a parent has set them: off, or on at some of this machine's networks for some addresses."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from hub.domain.clock import Clock
from hub.domain.wyoming_services import WyomingServices
from hub.errors import DataError
from hub.events import Bus, HouseholdChanged, Missed, Subscription
from hub.voice.interfaces import addresses_of
from integrations.wyoming_services.announcement import announced
from integrations.wyoming_services.server import Server
from integrations.wyoming_services.serving_hub import ServingHub

log = structlog.get_logger()

POLL_S: Final = 10.0
"""How often the machine's addresses are looked at."""


_Plan = tuple[WyomingServices, tuple[str, ...]]
"""The settings, and the addresses to listen on."""


class Services:
    """`run` them for as long as the hub; what a parent changes holds at once."""

    def __init__(
        self,
        hub: ServingHub,
        settings: Callable[[], Awaitable[WyomingServices]],
        hub_id: str,
        port: int,
        bus: Bus,
        clock: Clock,
        listens: Callable[[int], None] = lambda port: None,
    ) -> None:
        """`listens` is told of the port whenever it is opened."""
        self._hub = hub
        self._settings = settings
        self._hub_id = hub_id
        self._port = port
        self._bus = bus
        self._clock = clock
        self._listens = listens
        self._complaint = ""

    async def run(self) -> None:
        with self._bus.subscribe() as changes:
            async with asyncio.TaskGroup() as tasks:
                now: _Plan = (WyomingServices(), ())
                serving: asyncio.Task[None] | None = None
                while True:
                    plan = await self._plan(now)
                    if plan != now or (serving is not None and serving.done()):
                        if serving is not None:
                            serving.cancel()
                            await asyncio.wait((serving,))
                        now = plan
                        serving = tasks.create_task(self._serve(*plan)) if plan[1] else None
                    await self._until_changed(changes)

    async def _plan(self, now: _Plan) -> _Plan:
        try:
            settings = await self._settings()
        except DataError as error:
            log.error("the Wyoming services stay as they are", error=str(error))
            return now
        return settings, addresses_of(settings.interfaces) if settings.on else ()

    async def _until_changed(self, changes: Subscription) -> None:
        with contextlib.suppress(TimeoutError):
            async with self._clock.timeout(POLL_S):
                while not isinstance(await changes.get(), HouseholdChanged | Missed):
                    continue

    async def _serve(self, settings: WyomingServices, addresses: tuple[str, ...]) -> None:
        """Until cancelled, or the port can't be had: it is tried again then."""
        server = Server(self._hub, self._clock, addresses, settings.allowed)
        try:
            async with (
                server.listening(self._port) as port,
                announced(self._hub_id, addresses, port),
            ):
                log.info("Wyoming services are on", addresses=list(addresses), port=port)
                self._complaint = ""
                self._listens(port)
                await asyncio.Event().wait()
        except OSError as error:
            self._complain(f"{', '.join(addresses)} port {self._port}: {error.strerror}")

    def _complain(self, problem: str) -> None:
        """Once for each thing that is wrong, not every few seconds."""
        if problem != self._complaint:
            self._complaint = problem
            log.error("the Wyoming services can't listen; trying again", error=problem)
