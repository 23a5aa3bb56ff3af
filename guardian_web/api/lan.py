"""The API for other machines: HTTPS with the hub's own certificate, and nothing but `/api/v1` behind it.

A program knows the hub by the fingerprint of that certificate, which the Household page shows and the
announcement carries, and is known by its token. So any name will do to ask for it, and no other address is let
in or kept out.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

import structlog
from aiohttp import web

from guardian_web.api.app import add_api
from guardian_web.api.gate import tell_errors
from guardian_web.gate import add_headers
from guardian_web.guardian_hub import GuardianHub
from guardian_web.keys import ApiDoor
from hub.domain.api import LanApi
from hub.domain.clock import Clock
from hub.lan.announcement import Announcement, announced

KIND: Final = "_pommai-hub._tcp.local."
HANDSHAKE_S: Final = 5.0
IDLE_S: Final = 30.0
"""Who has not sent the whole head of a request by then, or asks nothing more, is closed."""
MOST_CONNECTIONS: Final = 64
MOST_OF_ONE: Final = 16
"""Connections from one address."""
BACKLOG: Final = 32
PAUSE_S: Final = 1.0
"""After a connection that could not be taken, such as for want of file descriptors."""

_Peer = tuple[str, int]
"""Address and port."""

log = structlog.get_logger()


class LanListener:
    """Serves on `addresses` while within `listening`."""

    def __init__(
        self,
        hub: GuardianHub,
        hub_id: str,
        context: ssl.SSLContext,
        door: ApiDoor,
        clock: Clock,
    ) -> None:
        self._hub = hub
        self._context = context
        self._port = door.port
        self._clock = clock
        self._announcement = Announcement(
            KIND,
            f"pommai-{hub_id}",
            {
                "id": hub_id,
                "fp": door.fingerprint,
                "api": "1",
                "version": version("pommai"),
                "name": "Pommai",
            },
        )

    @asynccontextmanager
    async def listening(self, _: LanApi, addresses: tuple[str, ...]) -> AsyncIterator[int]:
        """Gives the port, as 0 takes a free one. Raises OSError where it can't be had."""
        runner = web.AppRunner(
            self._app(),
            access_log=None,
            handler_cancellation=True,
            keepalive_timeout=IDLE_S,
            shutdown_timeout=1.0,
        )
        await runner.setup()
        try:
            async with (
                _Doors(runner, self._context, self._clock).open(addresses, self._port) as port,
                announced(self._announcement, addresses, port),
            ):
                yield port
        finally:
            await runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[tell_errors])
        add_api(app, self._hub, self._clock)
        app.on_response_prepare.append(add_headers)
        return app


class _Doors:
    """Takes connections, as many as there is room for: before any of them costs a handshake."""

    def __init__(self, runner: web.AppRunner, context: ssl.SSLContext, clock: Clock) -> None:
        assert runner.server is not None
        self._server = runner.server
        self._context = context
        self._clock = clock
        self._greeted: set[_Peer] = set()
        """In the middle of a handshake, or just past it."""

    @asynccontextmanager
    async def open(self, addresses: tuple[str, ...], port: int) -> AsyncIterator[int]:
        with contextlib.ExitStack() as stack:
            doors = []
            for address in addresses:
                door = stack.enter_context(socket.create_server((address, port), backlog=BACKLOG))
                door.setblocking(False)
                port = door.getsockname()[1]
                doors.append(door)
            greeting: set[asyncio.Task[None]] = set()
            tasks = [asyncio.create_task(self._take(door, greeting)) for door in doors]
            try:
                yield port
            finally:
                for task in [*tasks, *greeting]:
                    task.cancel()
                await asyncio.wait([*tasks, *greeting])

    async def _take(self, door: socket.socket, greeting: set[asyncio.Task[None]]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, peer = await loop.sock_accept(door)
            except OSError as error:
                log.warning("a connection to the API can't be taken", error=str(error))
                await self._clock.sleep(PAUSE_S)
                continue
            if not self._has_room(peer[0]):
                connection.close()
                continue
            self._greeted.add(peer)
            task = asyncio.create_task(self._greet(connection, peer))
            greeting.add(task)
            task.add_done_callback(greeting.discard)

    def _has_room(self, host: str) -> bool:
        there = self._greeted.union(handler.peername for handler in self._server.connections)
        of_one = sum(peer is not None and peer[0] == host for peer in there)
        return len(there) < MOST_CONNECTIONS and of_one < MOST_OF_ONE

    async def _greet(self, connection: socket.socket, peer: _Peer) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                self._server, connection, ssl=self._context, ssl_handshake_timeout=HANDSHAKE_S
            )
        except OSError as error:  # ssl.SSLError is one
            log.debug("a stranger's handshake failed", host=peer[0], error=str(error))
        finally:
            self._greeted.discard(peer)
