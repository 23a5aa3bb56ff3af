"""The services' port: where a parent has it open, who may come in, and how many at once."""

import asyncio
import contextlib
import ipaddress
import socket
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog

from hub.core.hub import Hub
from hub.domain.api import WyomingServerSettings
from hub.domain.clock import Clock
from hub.lan.descriptors import share_of
from hub.lan.offered import Announcement, announced
from integrations.wyoming_services.connection import ClientConnection
from integrations.wyoming_services.peer import Peer
from satellite.wire.pace import Seldom
from satellite.wire.stream import MAX_STREAM_BYTES

log = structlog.get_logger()

MAX_CONNECTIONS: Final = 32
MAX_PER_ADDRESS: Final = 16
"""Connections from one address."""
MAX_TURNED_AWAY: Final = 64
"""Addresses that the log names."""
BACKLOG: Final = 32


class WyomingServer:
    """Serves on `addresses` while within `listening`; `allowed` as in `WyomingServerSettings`."""

    def __init__(
        self, hub: Hub, clock: Clock, addresses: Sequence[str], allowed: Sequence[str]
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._addresses = addresses
        self._allowed = [ipaddress.ip_network(text) for text in allowed]
        self._open: Counter[str] = Counter()
        self._turned_away: set[str] = set()
        self._odd, self._failed = Seldom(clock.monotonic), Seldom(clock.monotonic)

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[int]:
        """Gives the port, as 0 takes a free one. Raises OSError where it can't be had."""
        with contextlib.ExitStack() as stack:
            tasks: set[asyncio.Task[None]] = set()
            for address in self._addresses:
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                listening = socket.create_server((address, port), family=family, backlog=BACKLOG)
                stack.enter_context(listening).setblocking(False)
                port = listening.getsockname()[1]
                tasks.add(asyncio.create_task(self._take(listening, tasks)))
            try:
                yield port
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)

    async def _take(self, listening: socket.socket, tasks: set[asyncio.Task[None]]) -> None:
        while True:
            connection, address = await self._hub.strangers.accept(listening)
            host = address[0]
            if objection := self.objection_to(host):
                self._complain(host, objection)
                connection.close()
                continue
            self._open[host] += 1
            task = asyncio.create_task(self._serve(connection, host), name=f"wyoming {host}")
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    def objection_to(self, host: str) -> str:
        """Why who is at that address may not come in; "" when it may."""
        address = ipaddress.ip_address(host)
        if not address.is_loopback and not any(address in network for network in self._allowed):
            return "it is not among the addresses that a parent allowed"
        full = self._open.total() >= share_of(MAX_CONNECTIONS)
        if full or self._open[host] >= share_of(MAX_PER_ADDRESS):
            return "too many connections are open"
        return ""

    def _complain(self, host: str, objection: str) -> None:
        """Once of each address: it may knock as often as it likes."""
        if host not in self._turned_away and len(self._turned_away) < MAX_TURNED_AWAY:
            self._turned_away.add(host)
            log.warning("a Wyoming client was turned away", host=host, why=objection)

    async def _serve(self, connection: socket.socket, host: str) -> None:
        try:
            reader, writer = await asyncio.open_connection(sock=connection, limit=MAX_STREAM_BYTES)
        except OSError:  # it is gone already
            self._open -= Counter([host])
            connection.close()
            return
        peer = Peer(reader, writer, self._hub.strangers, self._clock)
        try:
            wrong = await ClientConnection(self._hub, peer, host, self._clock).serve()
            if wrong and (count := self._odd.due()):
                log.info("Wyoming clients were closed", host=host, error=wrong, count=count)
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        except Exception:  # one client's odd request ends its own connection and no other
            if count := self._failed.due():
                log.exception("Wyoming requests broke", host=host, count=count)
        finally:
            self._open -= Counter([host])
            with contextlib.suppress(OSError):
                await peer.aclose()


class WyomingListener:
    """Serves as a parent has set it, and announces that on the network, while within `listening`."""

    def __init__(self, hub: Hub, hub_id: str, port: int, clock: Clock) -> None:
        self._hub = hub
        self._port = port
        self._clock = clock
        self._announcement = Announcement(
            "_wyoming._tcp.local.",
            f"pommai-hub-{hub_id}",
            {"pommai": "hub"},  # so that no hub takes it for a satellite
        )

    @asynccontextmanager
    async def listening(
        self, settings: WyomingServerSettings, addresses: tuple[str, ...]
    ) -> AsyncIterator[int]:
        """Gives the port, as 0 takes a free one. Raises OSError where it can't be had."""
        server = WyomingServer(self._hub, self._clock, addresses, settings.allowed)
        async with (
            server.listening(self._port) as port,
            announced(self._announcement, addresses, port),
        ):
            yield port
