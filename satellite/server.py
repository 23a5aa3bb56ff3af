"""The satellite's port: answers whoever connects, and hands the toy to the hub that asks for it."""

import asyncio
import errno
import logging
import socket
from typing import Final

from wyoming.event import Event

from satellite import wyoming_events as wyoming
from satellite.clock import Clock
from satellite.door import MOST_LINKS, Places, streams_of
from satellite.errors import SetupError
from satellite.identity import Identity
from satellite.link import Link
from satellite.pairing import Pairing
from satellite.satellite import Satellite
from satellite.wire import WireError
from satellite.wire_frame import Frame
from satellite.wire_ours import HELLO, offer
from satellite.wire_pairing import START, UNPAIR, UNPAIRED
from satellite.wire_tls import is_pinned

ACCEPT_AGAIN_S: Final = 1.0
MOST_SOCKETS: Final = 32
"""Those included that are just being closed."""
IDLE_S: Final = 30.0
"""Who doesn't control the toy and says nothing for so long gives up a place."""

_log = logging.getLogger(__name__)


def listen_on(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises SetupError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=16)
    except OverflowError as error:
        raise SetupError(f"--port {port}: must be from 0 to 65535") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SetupError(
                f"port {port} is in use, maybe by another satellite on this machine: "
                "stop that one (for a stock one: sudo systemctl stop wyoming-satellite) "
                "or choose another port with --port"
            ) from error
        # Python's own words go on with the address, once more.
        reason = str(error.strerror).partition(" (while")[0]
        raise SetupError(f"can't listen on {host}:{port}: {reason}") from error


class Server:
    """With `pairing`, TLS alone: its hub for all that a hub may do, anybody else to pair while there is none."""

    def __init__(
        self, satellite: Satellite, info: Event, clock: Clock, pairing: Pairing | None = None
    ) -> None:
        """`info` answers `describe`. Without `pairing` the toy is a plain one, open to everybody."""
        self._satellite = satellite
        self._info = info
        self._clock = clock
        self._pairing = pairing
        self._places = Places(evicts=pairing is not None)
        self._hubs_links: dict[asyncio.Task[None], Link] = {}
        if pairing is not None:
            pairing.on_forget = self._part

    async def run(self, sock: socket.socket) -> None:
        """Serve on `sock` until cancelled."""
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        open_now = asyncio.Semaphore(MOST_SOCKETS)
        with sock:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    await open_now.acquire()
                    connection, address = await self._accept(loop, sock)
                    task = tasks.create_task(self._serve(connection, address[0]), name="link")
                    task.add_done_callback(lambda _: open_now.release())

    async def _accept(
        self, loop: asyncio.AbstractEventLoop, sock: socket.socket
    ) -> tuple[socket.socket, tuple[str, int]]:
        while True:
            try:
                return await loop.sock_accept(sock)
            except OSError as error:  # no more files may be open, as a rule
                _log.warning("can't take a connection: %s; trying again", error)
                await self._clock.sleep(ACCEPT_AGAIN_S)

    async def _serve(self, connection: socket.socket, host: str) -> None:
        with self._places.taken_by(host) as free:
            try:
                link = await self._admit(connection)
            except (OSError, WireError) as error:
                _log.debug("%s: not let in: %s", host, error)
                return
            if not free:
                await link.dismiss(f"{MOST_LINKS} connections are open already", "busy")
                return
            try:
                await self._greet(link)
            except asyncio.CancelledError:
                link.abort()
                raise
            finally:
                await self._satellite.leave(link)
                await link.aclose()

    async def _admit(self, connection: socket.socket) -> Link:
        """Raises OSError or WireError for who can't show what a hub must."""
        if self._pairing is None:
            streams = await streams_of(connection, None, self._clock)
            return Link(*streams, self._clock, may_control=True)
        vault = self._pairing.vault
        hub = vault.hub
        reader, writer = await streams_of(connection, vault.context, self._clock)
        if vault.hub != hub or (hub is not None and not is_pinned(writer, hub)):
            writer.transport.abort()
            raise WireError("it is not this toy's hub")
        return Link(reader, writer, self._clock, may_control=hub is not None)

    async def _greet(self, link: Link) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self._pairing is not None and link.may_control:
            self._places.leave(task)
            self._hubs_links[task] = link
        try:
            await self._converse(link)
        except WireError as error:
            _log.warning("%s: %s; closing", link.peer, error)
            await link.dismiss(str(error), "protocol")
        finally:
            self._hubs_links.pop(task, None)

    async def _converse(self, link: Link) -> None:
        while (event := await self._next(link)) is not None:
            if isinstance(event, Frame):
                self._satellite.hear(link, event)
            elif event.type == wyoming.DESCRIBE:
                await link.write(self._introduction())
            elif event.type == wyoming.PING:
                text = event.data.get("text")
                await link.write(wyoming.pong(text if isinstance(text, str) else None))
            elif not link.may_control:
                await self._by_a_guest(link, event)
            elif event.type == UNPAIR and self._pairing is not None:
                await self._pairing.forget()
                await link.write(Event(UNPAIRED))
                return
            elif event.type == HELLO:
                link.agree(event)
            else:
                if event.type == wyoming.RUN_SATELLITE:
                    await self._satellite.take(link)
                self._satellite.handle(link, event)

    async def _by_a_guest(self, link: Link, event: Event) -> None:
        """Of who isn't the hub nothing is obeyed, and only an attempt to pair is answered."""
        if event.type == START and self._pairing is not None:
            await self._pairing.converse(link, event)
        elif event.type == wyoming.RUN_SATELLITE:
            await link.dismiss(
                "this toy has no hub: pair it with the code that it says", "unpaired"
            )

    def _introduction(self) -> Event:
        if self._pairing is None:
            return self._info
        about = self._info.data["satellite"]
        ours = offer(encrypted=True) | {"pairing": self._pairing.state}
        return Event(wyoming.INFO, self._info.data | {"satellite": about | {"pommai": ours}})

    async def _part(self) -> None:
        """The hub was forgotten: its links end, and with them its control."""
        tasks = [task for task in self._hubs_links if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _next(self, link: Link) -> Event | Frame | None:
        """None when the peer closed, or holds a place for nothing."""
        try:
            async with self._clock.timeout(None if self._satellite.controlled_by(link) else IDLE_S):
                return await link.read_any()
        except TimeoutError:
            return None


def info(identity: Identity, *, has_vad: bool) -> Event:
    """The answer to `describe`: a plain Wyoming one, and who we are for a hub that didn't browse."""
    more = {
        "id": identity.device_id,
        "boot": identity.boot_id,
        "hardware": identity.hardware,
        "pommai": offer(encrypted=False),
    }
    about = (identity.name, f"Pommai toy {identity.device_id}", identity.firmware)
    return wyoming.satellite_info(*about, has_vad=has_vad, more=more)
