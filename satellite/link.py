"""One connection to a hub, or to whoever else found the port."""

import asyncio
import socket
from typing import Final

from wyoming.error import Error
from wyoming.event import Event

from satellite.clock import Clock
from satellite.wire import WireError, WireLimits, WireReader, WireWriter

# Without these a hub whose plug was pulled would look present for minutes.
_SOCKET_OPTIONS: Final = {
    "TCP_NODELAY": 1,
    "TCP_KEEPIDLE": 10,
    "TCP_KEEPINTVL": 5,
    "TCP_KEEPCNT": 2,
    "TCP_USER_TIMEOUT": 10_000,
}


class Link:
    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        clock: Clock,
        *,
        may_control: bool,
    ) -> None:
        address = writer.get_extra_info("peername")
        self.host: str = address[0] if address else ""
        self.peer = f"{address[0]}:{address[1]}" if address else "a lost peer"
        self.encrypted = writer.get_extra_info("ssl_object") is not None
        self.may_control = may_control
        """It has proven to be this toy's hub, or the toy is a plain one that anybody may have."""
        self.is_ours = False
        """It said that it knows what we add to Wyoming."""
        self._reader = WireReader(reader, WireLimits(), clock.timeout)
        self._writer = WireWriter(writer, WireLimits(), clock.timeout)
        self._transport = writer.transport
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _SOCKET_OPTIONS.items():
            if hasattr(socket, name):  # some are Linux's own
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    async def read(self) -> Event | None:
        """None when the peer closed. Raises WireError."""
        return await self._reader.read()

    async def write(self, event: Event) -> None:
        """Raises WireError."""
        await self._writer.write(event)

    async def dismiss(self, why: str, code: str) -> None:
        """Say why, as far as the peer still listens, and close."""
        try:
            await self.write(Error(why, code).event())
        except WireError:
            pass
        finally:
            await self.aclose()

    def abort(self) -> None:
        """Close at once, without a word."""
        self._transport.abort()

    async def aclose(self) -> None:
        await self._writer.aclose()
