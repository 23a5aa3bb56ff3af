"""How the pages and the API take connections: as many as there is room for, and none for ever.

A stranger can open connections, and send nothing or nonsense in them. Each listener therefore has a cap on
all its connections and one on those from one address; both are lower where the hub may open few files. At a
cap the oldest connection over which nobody has signed in gives way to a new one, so that strangers crowd out each
other and no parent. Who sends no whole head of a request in time is closed; and of a request that can't be
read the log has the kind alone.
"""

import asyncio
import contextlib
import errno
import ipaddress
import logging
import re
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from guardian_web.hosts import in_url
from hub.domain.clock import Clock
from hub.lan.descriptors import Reserve, share_of
from hub.lan.strangers import Address, Strangers

HANDSHAKE_S: Final = 5.0
IDLE_S: Final = 30.0
"""Who has not sent the whole head of a request by then, or asks nothing more, is closed."""
MAX_HEAD_FIELDS: Final = 64
MAX_FIELD_BYTES: Final = 4096
"""Of one field of a request's head; a browser's are below 1 KB, and each connection may fill all of them."""
BACKLOG: Final = 32
TLS_HANDSHAKE: Final = 22
"""The first byte of a connection over TLS (RFC 8446, 5.1)."""
HOST_FIELD: Final = re.compile(rb"\r\nhost: *([\w.:\[\]-]{1,253})\r\n", re.IGNORECASE | re.ASCII)
IPV4: Final = 4
LOGGED_EVERY_S: Final = 60.0
"""What strangers do wrong is counted, and logged so often at most."""

KNOWN = web.AppKey("known", set[Address])
"""The other ends of connections over which somebody proved who they are."""

log = structlog.get_logger()


def note_known(request: web.Request) -> None:
    """Whoever sent this has signed in, or has a token: its connection gives way to nobody."""
    if peer := request.protocol.peername:
        request.config_dict[KNOWN].add(tuple(peer))


class WebListener:
    """Serves one application while within `open`; `tls` None: plain HTTP."""

    def __init__(
        self,
        app: web.Application,
        strangers: Strangers,
        clock: Clock,
        *,
        max_connections: int,
        max_per_address: int,
        reserved: int = 0,
        tls: ssl.SSLContext | None = None,
        leads_to_https: bool = False,
        shutdown_s: float = 1.0,
    ) -> None:
        """`reserved` descriptors are held, so that who comes here is let in when no other is left. `leads_to_https`:
        a browser that comes without TLS, as it does where nobody typed "https://", is told to come again with it."""
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=_Complaints(clock),
            handler_cancellation=True,
            keepalive_timeout=IDLE_S,
            max_headers=MAX_HEAD_FIELDS,
            max_field_size=MAX_FIELD_BYTES,
            shutdown_timeout=shutdown_s,
        )
        self._known = app[KNOWN] = set[Address]()
        self._strangers = strangers
        self._reserve = Reserve(reserved)
        self._max_connections = max_connections
        self._max_per_address = max_per_address
        self._tls = tls
        self._leads_to_https = leads_to_https
        self._clock = clock
        self._starting: set[Address] = set()
        """Connections in the middle of a handshake, or just past it."""

    @asynccontextmanager
    async def open(self, addresses: Iterable[str], port: int) -> AsyncIterator[int]:
        """Gives the port, as 0 takes a free one. Raises OSError where it can't be had."""
        with contextlib.ExitStack() as stack:
            listening = []
            for address in addresses:
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                server = socket.create_server((address, port), family=family, backlog=BACKLOG)
                listening.append(stack.enter_context(server))
                port = server.getsockname()[1]
            async with self.serving(*listening):
                yield port

    @asynccontextmanager
    async def serving(self, *listening: socket.socket) -> AsyncIterator[None]:
        """Who comes to these sockets, which stay the caller's to close."""
        await self._runner.setup()
        starting: set[asyncio.Task[None]] = set()
        try:
            for server in listening:
                server.setblocking(False)
            with self._reserve:
                tasks = [asyncio.create_task(self._take(server, starting)) for server in listening]
                try:
                    yield
                finally:
                    for task in [*tasks, *starting]:
                        task.cancel()
                    await asyncio.wait([*tasks, *starting])
        finally:
            await self._runner.cleanup()

    async def _take(self, listening: socket.socket, starting: set[asyncio.Task[None]]) -> None:
        while True:
            connection, peer = await self._strangers.accept(listening, self._reserve)
            if not await self._make_room(peer[0]):
                connection.close()
                continue
            self._starting.add(peer)
            task = asyncio.create_task(self._start(connection, peer))
            starting.add(task)
            task.add_done_callback(starting.discard)

    async def _make_room(self, host: str) -> bool:
        """Whether there is room for one more from `host`; the oldest stranger is closed where that takes it.

        `host` is "" of a Unix socket, where all are from one machine and nobody is a stranger.
        """
        assert self._runner.server is not None
        connections = self._runner.server.connections
        served: dict[Address, RequestHandler] = {
            tuple(handler.peername): handler for handler in connections if handler.peername
        }
        self._known.intersection_update(served)
        there = self._starting | served.keys()
        total, per_address = self._max_connections, self._max_per_address
        if host:
            total, per_address = share_of(total), share_of(per_address)
        full_for_host = sum(peer[0] == host for peer in there) >= per_address
        if max(len(there), len(connections)) < total and not full_for_host:
            return True
        for peer, handler in served.items():
            strange = peer not in self._known and handler.transport is not None
            if strange and (peer[0] == host or not full_for_host):
                handler.force_close()
                await asyncio.sleep(0)  # so that its descriptor is free before the next is taken
                return True
        return False

    async def _start(self, connection: socket.socket, peer: Address) -> None:
        assert self._runner.server is not None
        try:
            if self._leads_to_https and await self._led_to_https(connection):
                return
            await asyncio.get_running_loop().connect_accepted_socket(
                self._runner.server,
                connection,
                ssl=self._tls,
                ssl_handshake_timeout=HANDSHAKE_S if self._tls else None,
            )
        except (OSError, RuntimeError, AttributeError, ValueError) as error:
            # An ssl.SSLError is an OSError; the others are asyncio's own where a peer goes midway.
            log.debug("a connection did not come about", host=peer[0], kind=type(error).__name__)
        finally:
            self._starting.discard(peer)

    async def _led_to_https(self, connection: socket.socket) -> bool:
        """Whether it came without TLS; it is answered and closed then. Raises OSError."""
        loop, came = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(connection, came.set)
        plain = True
        try:
            async with self._clock.timeout(HANDSHAKE_S):
                await came.wait()
            first = connection.recv(1, socket.MSG_PEEK)
            plain = bool(first) and first[0] != TLS_HANDSHAKE
            if plain:
                address = _https_address(connection.recv(MAX_FIELD_BYTES), connection)
                answer = f"HTTP/1.1 307 HTTPS\r\nLocation: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                connection.send(answer.encode())
        finally:
            loop.remove_reader(connection)
            if plain:
                connection.close()
        return plain


def _https_address(asked: bytes, connection: socket.socket) -> str:
    """Where what was asked for, in plain HTTP, is over HTTPS: by the name that the browser knows."""
    if named := HOST_FIELD.search(asked):
        return f"https://{named[1].decode()}/"
    host, port = connection.getsockname()[:2]
    return f"https://{in_url(host)}:{port}/"


def openable(host: str) -> str:
    """`host`, or where it stands for all addresses of this machine, the one at which this machine opens it."""
    with contextlib.suppress(ValueError):
        if (address := ipaddress.ip_address(host)).is_unspecified:
            return "127.0.0.1" if address.version == IPV4 else "::1"
    return host


async def addresses_of(host: str, port: int) -> list[str]:
    """Those of this machine that a name stands for. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    names = list(dict.fromkeys(str(address[0]) for *_, address in found))
    return [name for name in names if len(names) == 1 or _is_here(name)]


def _is_here(address: str) -> bool:
    """Whether this machine has it: `localhost` also names ::1 where there is no IPv6."""
    try:
        with socket.create_server(
            (address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET
        ):
            return True
    except OSError as error:
        return error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class _Complaints(logging.LoggerAdapter[logging.Logger]):
    """What aiohttp says of requests: their kind alone where they could not be read, and not of each.

    Its own lines quote what was sent, by anybody, with tokens and cookies.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(logging.getLogger(__name__))
        self._clock = clock
        self._count = 0
        self._logged_at = float("-inf")

    def log(self, level: int, msg: object, *args: object, **kwargs: object) -> None:
        error = kwargs.get("exc_info")
        unread = isinstance(error, HttpProcessingError)
        if level < logging.WARNING and not unread:
            return
        self._count += 1
        now = self._clock.monotonic()
        if now - self._logged_at < LOGGED_EVERY_S:
            return
        self._logged_at = now
        kind = type(error).__name__ if isinstance(error, BaseException) else "unknown"
        if unread:
            self.logger.warning("requests could not be read: %s, last a %s", self._count, kind)
        else:
            self.logger.error(
                "requests failed: %s, last with %s",
                self._count,
                kind,
                exc_info=error if isinstance(error, BaseException) else None,
            )
        self._count = 0
