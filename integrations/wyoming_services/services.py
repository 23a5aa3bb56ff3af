"""The services as a parent has set them: off, or on at some of this machine's networks for some addresses."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from hub.domain.clock import Clock
from hub.domain.wyoming_services import WyomingServices
from hub.events import Bus
from hub.lan.announcement import Announcement, announced
from hub.lan.offered import Offered
from integrations.wyoming_services.server import Server
from integrations.wyoming_services.serving_hub import ServingHub


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
        self._port = port
        self._clock = clock
        self._announcement = Announcement(
            "_wyoming._tcp.local.",
            f"pommai-hub-{hub_id}",
            {"pommai": "hub"},  # so that no hub takes it for a satellite
        )
        self._offered = Offered(
            "the Wyoming services", settings, self._listening, bus, clock, listens
        )

    async def run(self) -> None:
        await self._offered.run()

    @asynccontextmanager
    async def _listening(
        self, settings: WyomingServices, addresses: tuple[str, ...]
    ) -> AsyncIterator[int]:
        server = Server(self._hub, self._clock, addresses, settings.allowed)
        async with (
            server.listening(self._port) as port,
            announced(self._announcement, addresses, port),
        ):
            yield port
