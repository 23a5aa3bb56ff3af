"""The services' port: who may come in, and how many at once."""

import asyncio
import contextlib
import ipaddress
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog

from hub.domain.clock import Clock
from integrations.wyoming_services.connection import Connection
from integrations.wyoming_services.peer import Peer
from integrations.wyoming_services.serving_hub import ServingHub
from satellite.wire import STREAM_LIMIT_BYTES

log = structlog.get_logger()

MOST_CONNECTIONS: Final = 32
MOST_OF_ONE: Final = 16
"""Connections from one address."""
MOST_TURNED_AWAY: Final = 64
"""Addresses that the log names."""


class Server:
    """Serves on `addresses` while within `listening`; `allowed` as in `WyomingServices`."""

    def __init__(
        self, hub: ServingHub, clock: Clock, addresses: Sequence[str], allowed: Sequence[str]
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._addresses = addresses
        self._allowed = [ipaddress.ip_network(text) for text in allowed]
        self._open: Counter[str] = Counter()
        self._turned_away: set[str] = set()

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[int]:
        """Gives the port, as 0 takes a free one. Raises OSError where it can't be had."""
        tasks: set[asyncio.Task[None]] = set()

        def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            peer = writer.get_extra_info("peername")
            host = peer[0] if peer else ""
            if objection := self.objection_to(host):
                self._complain(host, objection)
                writer.transport.abort()
                return
            self._open[host] += 1
            task = asyncio.create_task(self._serve(reader, writer, host), name=f"wyoming {host}")
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(come, self._addresses, port, limit=STREAM_LIMIT_BYTES)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)

    def objection_to(self, host: str) -> str:
        """Why who is at that address may not come in; "" when it may."""
        if not host:
            return "it is gone already"
        address = ipaddress.ip_address(host)
        if not address.is_loopback and not any(address in network for network in self._allowed):
            return "it is not among the addresses that a parent allowed"
        if self._open.total() >= MOST_CONNECTIONS or self._open[host] >= MOST_OF_ONE:
            return "too many connections are open"
        return ""

    def _complain(self, host: str, objection: str) -> None:
        """Once of each address: it may knock as often as it likes."""
        if host not in self._turned_away and len(self._turned_away) < MOST_TURNED_AWAY:
            self._turned_away.add(host)
            log.warning("a Wyoming client was turned away", host=host, why=objection)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str
    ) -> None:
        peer = Peer(reader, writer, self._clock)
        try:
            await Connection(self._hub, peer, host, self._clock).serve()
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        except Exception:
            log.exception("a Wyoming request broke", host=host)
        finally:
            self._open -= Counter([host])
            with contextlib.suppress(OSError):
                await peer.aclose()
