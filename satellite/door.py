"""How connections come in: the TLS handshake within bounds, and the places that are there for strangers."""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from satellite import tls_transport
from satellite.clock import Clock
from satellite.wire import STREAM_LIMIT_BYTES
from satellite.wire_tls import HANDSHAKE_S, SHUTDOWN_S

MOST_LINKS: Final = 8

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def streams_of(
    connection: socket.socket, context: ssl.SSLContext | None, clock: Clock
) -> Streams:
    """Streams over an accepted connection, encrypted with `context`.

    Raises OSError, which TimeoutError and ssl.SSLError are, where the handshake fails. Nothing that came
    before its end is ever read as an event.
    """
    reader = asyncio.StreamReader(limit=STREAM_LIMIT_BYTES)
    protocol = asyncio.StreamReaderProtocol(reader)
    loop = asyncio.get_running_loop()
    bounds = {"ssl_handshake_timeout": HANDSHAKE_S, "ssl_shutdown_timeout": SHUTDOWN_S}
    transport: asyncio.Transport
    try:
        async with clock.timeout(HANDSHAKE_S):
            if context is not None and context.verify_mode is ssl.CERT_REQUIRED:
                transport = await tls_transport.accept(connection, context, protocol)
            else:  # asyncio's own takes what strangers send in portions, whatever is in it
                transport, _ = await loop.connect_accepted_socket(
                    lambda: protocol, connection, ssl=context, **(bounds if context else {})
                )
    except BaseException:
        connection.close()
        raise
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


class Places:
    """For connections that have not proven to be the hub's; counted before their handshake."""

    def __init__(self, *, evicts: bool) -> None:
        """`evicts`: who comes when all are taken gets that of the oldest connection of the address with
        most of them, so that a stranger with one address can only ever drive out himself."""
        self._evicts = evicts
        self._taken: dict[asyncio.Task[None], str] = {}

    @contextmanager
    def taken_by(self, host: str) -> Iterator[bool]:
        """The current task takes a place; gives False when there was none."""
        task = asyncio.current_task()
        assert task is not None
        free = len(self._taken) < MOST_LINKS
        if free or self._evicts:
            self._taken[task] = host
        if not free and self._evicts:
            self._evict()
        try:
            yield free or self._evicts
        finally:
            self.leave(task)

    def leave(self, task: "asyncio.Task[None]") -> None:
        self._taken.pop(task, None)

    def _evict(self) -> None:
        [(host, _)] = Counter(self._taken.values()).most_common(1)
        oldest = next(task for task, at in self._taken.items() if at == host)
        self.leave(oldest)
        oldest.cancel()
