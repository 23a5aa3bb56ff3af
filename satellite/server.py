"""The satellite's port: answers whoever connects, and hands the toy to the hub that asks for it."""

import asyncio
import errno
import logging
import socket
from typing import Final

from wyoming.event import Event
from wyoming.info import Attribution, Describe, Info
from wyoming.info import Satellite as SatelliteInfo
from wyoming.ping import Ping, Pong
from wyoming.satellite import RunSatellite

from satellite.clock import Clock
from satellite.errors import SetupError
from satellite.identity import Identity
from satellite.link import Link
from satellite.satellite import Satellite
from satellite.wire import STREAM_LIMIT_BYTES, WireError

MOST_LINKS: Final = 8
IDLE_S: Final = 30.0
"""Who doesn't control the toy and says nothing for so long gives up a place."""

_log = logging.getLogger(__name__)


def listen_on(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises SetupError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=16)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SetupError(
                f"port {port} is in use, maybe by another satellite on this machine: "
                "stop that one (for a stock one: sudo systemctl stop wyoming-satellite) "
                "or choose another port with --port"
            ) from error
        raise SetupError(f"can't listen on {host}:{port}: {error.strerror}") from error


class Server:
    def __init__(self, satellite: Satellite, info: Event, clock: Clock) -> None:
        """`info` answers `describe`."""
        self._satellite = satellite
        self._info = info
        self._clock = clock
        self._links = 0

    async def run(self, sock: socket.socket) -> None:
        """Serve on `sock` until cancelled."""
        async with asyncio.TaskGroup() as tasks:

            def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                tasks.create_task(self._serve(Link(reader, writer, self._clock)), name="link")

            server = await asyncio.start_server(accept, sock=sock, limit=STREAM_LIMIT_BYTES)
            try:
                await asyncio.Event().wait()
            finally:
                server.close()

    async def _serve(self, link: Link) -> None:
        if self._links >= MOST_LINKS:
            await link.dismiss(f"{MOST_LINKS} connections are open already", "busy")
            return
        self._links += 1
        try:
            await self._converse(link)
        except WireError as error:
            _log.warning("%s: %s; closing", link.peer, error)
            await link.dismiss(str(error), "protocol")
        finally:
            self._links -= 1
            await self._satellite.leave(link)
            await link.aclose()

    async def _converse(self, link: Link) -> None:
        while (event := await self._next(link)) is not None:
            if Describe.is_type(event.type):
                await link.write(self._info)
            elif Ping.is_type(event.type):
                text = event.data.get("text")
                await link.write(Pong(text if isinstance(text, str) else None).event())
            else:
                if RunSatellite.is_type(event.type):
                    await self._satellite.take(link)
                self._satellite.handle(link, event)

    async def _next(self, link: Link) -> Event | None:
        """None when the peer closed, or holds a place for nothing."""
        try:
            async with self._clock.timeout(None if self._satellite.controlled_by(link) else IDLE_S):
                return await link.read()
        except TimeoutError:
            return None


def info(identity: Identity, *, has_vad: bool) -> Event:
    """The answer to `describe`: a plain Wyoming one, and who we are for a hub that didn't browse."""
    satellite = SatelliteInfo(
        name=identity.name,
        attribution=Attribution("Pommai", ""),
        installed=True,
        description=f"Pommai toy {identity.device_id}",
        version=identity.firmware,
        has_vad=has_vad,
    )
    event = Info(satellite=satellite).event()
    event.data["satellite"] |= {
        "id": identity.device_id,
        "boot": identity.boot_id,
        "hardware": identity.hardware,
    }
    return event
