"""Who comes to the hub's ports and has not shown that it belongs here: served at a pace that leaves toys their time.

There is one for all ports, `hub.strangers`. Every connection is taken through it, and whoever answers somebody
without a sign-in or a token waits for a `turn` of it.
"""

import asyncio
import socket
import time
from typing import Any, Final

import structlog

from hub.lan.descriptors import Reserve
from satellite.wire.pace import Pace, Seldom

PAUSE_S: Final = 1.0
"""After a connection that could not be taken, such as for want of file descriptors."""

Address = tuple[Any, ...]
"""Host, port, and what IPv6 has besides; ("",) of a Unix socket."""

log = structlog.get_logger()


class Strangers:
    def __init__(self) -> None:
        self._pace = Pace()
        self._not_taken = Seldom(time.monotonic)

    async def turn(self) -> None:
        """Returns when the next stranger may be served, wherever it came in."""
        await self._pace.turn()

    async def accept(
        self, listening: socket.socket, reserve: Reserve | None = None
    ) -> tuple[socket.socket, Address]:
        """The next connection, in its turn; a Unix socket's has no address.

        Where no descriptor is left, it takes one out of `reserve`.
        """
        if reserve is not None:
            reserve.fill()
        while True:
            try:
                connection, address = await asyncio.get_running_loop().sock_accept(listening)
            except OSError as error:
                if reserve is None or not reserve.release():
                    if count := self._not_taken.due():
                        log.warning("connections can't be taken", error=str(error), count=count)
                    await asyncio.sleep(PAUSE_S)
                continue
            try:
                await self.turn()
            except BaseException:
                connection.close()
                raise
            return connection, address or ("",)
