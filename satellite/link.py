"""One connection to a hub, or to whoever else found the port."""

import asyncio
import socket
from typing import Final

from wyoming.event import Event

from satellite import wyoming_events as wyoming
from satellite.clock import Clock
from satellite.wire import LIMITS, WireError, WireReader, WireWriter
from satellite.wire_frame import SPEAKER, Frame
from satellite.wire_ours import HELLO, OPUS, PCM, speaks_opus, understands

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
        """It said that it knows what we add to Wyoming …"""
        self.speaks_opus = False
        """… and that sound goes as Opus, both ways."""
        self._reader = WireReader(reader, LIMITS, clock.timeout)
        self._writer = WireWriter(writer, LIMITS, clock.timeout)
        self._transport = writer.transport
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _SOCKET_OPTIONS.items():
            if hasattr(socket, name):  # some are Linux's own
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def agree(self, hello: Event) -> None:
        """The peer says what it knows of what we add to Wyoming. Raises WireError for what can't be."""
        audio = hello.data.get("audio", PCM)
        self.is_ours = understands(hello.data)
        self.speaks_opus = self.encrypted and speaks_opus(hello.data)
        if self.is_ours and audio != (OPUS if self.speaks_opus else PCM):
            raise WireError(f"{HELLO}: audio must be one of those that were offered")
        self._reader.frames_of = SPEAKER if self.speaks_opus else None

    async def read(self) -> Event | None:
        """The next event, before frames were agreed on; None when the peer closed. Raises WireError."""
        return await self._reader.read()

    async def read_any(self) -> Event | Frame | None:
        """The same, and afterwards."""
        return await self._reader.read_any()

    def send(self, *messages: Event | Frame) -> None:
        """Raises WireError."""
        self._writer.send(*messages)

    async def write(self, *messages: Event | Frame) -> None:
        """The same, and waits until the peer has room for more."""
        await self._writer.write(*messages)

    async def dismiss(self, why: str, code: str) -> None:
        """Say why, as far as the peer still listens, and close."""
        try:
            await self.write(wyoming.error(why, code))
        except WireError:
            pass
        finally:
            await self.aclose()

    def abort(self) -> None:
        """Close at once, without a word."""
        self._transport.abort()

    async def aclose(self) -> None:
        await self._writer.aclose()
