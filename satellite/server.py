"""The satellite's port: answers whoever connects, and hands the toy to the hub that asks for it."""

import asyncio
import errno
import gc
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from wyoming.event import Event
from wyoming.ping import Pong

from satellite.clock import Clock
from satellite.errors import SetupError
from satellite.hub_control import HubControl
from satellite.identity import SatelliteIdentity
from satellite.link import HubLink
from satellite.pairing.window import PairingWindow
from satellite.wire.extensions import HELLO, offer
from satellite.wire.frame import AudioFrame
from satellite.wire.pace import Pace, Seldom
from satellite.wire.pairing import START, UNPAIR, UNPAIRED
from satellite.wire.stream import MAX_STREAM_BYTES, WireError
from satellite.wire.tls import MAX_HANDSHAKE_S, MAX_SHUTDOWN_S, is_pinned

MAX_LINKS: Final = 8
MAX_UNSENT_BYTES: Final = 65_536
"""More than that waits for one peer, and who writes waits for the peer."""

ACCEPT_AGAIN_S: Final = 1.0
MAX_SOCKETS: Final = 32
"""Those included that are just being closed."""
COLLECT_AFTER: Final = 32
"""Connections after which their memory is taken back. asyncio's TLS leaves each one's quarter of a megabyte in a cycle
of few objects, by whose number Python looks for garbage: ten thousand broken ones took 30 MB otherwise."""
MAX_IDLE_S: Final = 30.0
"""Who doesn't control the toy and says nothing for so long gives up a place."""

_OTHER_SERVICES: Final = ("asr", "tts", "handle", "intent", "wake", "mic", "snd")

_log = logging.getLogger(__name__)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def streams_of(
    connection: socket.socket, context: ssl.SSLContext | None, clock: Clock
) -> Streams:
    """Streams over an accepted connection, encrypted with `context`.

    Raises OSError, which TimeoutError and ssl.SSLError are, where the handshake fails. Nothing that came
    before its end is ever read as an event.
    """
    reader = asyncio.StreamReader(limit=MAX_STREAM_BYTES)
    protocol = asyncio.StreamReaderProtocol(reader)
    loop = asyncio.get_running_loop()
    bounds = {"ssl_handshake_timeout": MAX_HANDSHAKE_S, "ssl_shutdown_timeout": MAX_SHUTDOWN_S}
    try:
        async with clock.timeout(MAX_HANDSHAKE_S):
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol, connection, ssl=context, **(bounds if context else {})
            )
    except BaseException:
        connection.close()
        raise
    # TLS would keep 512 KiB for a peer that doesn't read before a writer has to wait, TCP 64.
    transport.set_write_buffer_limits(MAX_UNSENT_BYTES)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


class ConnectionPlaces:
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
        free = len(self._taken) < MAX_LINKS
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


def listen_on(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one, host :: IPv4 as well as IPv6. Raises SetupError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server((host, port), family=family, backlog=16, dualstack_ipv6=both)
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


class SatelliteServer:
    """With `pairing`, TLS alone: its hub for all that a hub may do, anybody else to pair while there is none."""

    def __init__(
        self, satellite: HubControl, info: Event, clock: Clock, pairing: PairingWindow | None = None
    ) -> None:
        """`info` answers `describe`. Without `pairing` the toy is a plain one, open to everybody."""
        self._satellite = satellite
        self._info = info
        self._clock = clock
        self._pairing = pairing
        self._places = ConnectionPlaces(evicts=pairing is not None)
        self._pace = Pace()
        self._odd = Seldom(clock.monotonic)
        """Connections that broke a limit, or said what isn't Wyoming."""
        self._failed = Seldom(clock.monotonic)
        """Those that ended with an exception that nothing foresees."""
        self._ended = 0
        """Connections, whichever way."""

    async def run(self, sock: socket.socket) -> None:
        """Serve on `sock` until cancelled."""
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        open_now = asyncio.Semaphore(MAX_SOCKETS)
        with sock:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    await open_now.acquire()
                    connection, address = await self._accept(loop, sock)
                    await self._pace.turn()
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
        """Serves one connection; whatever goes wrong with it, the server goes on."""
        try:
            await self._admit_and_serve(connection, host)
        except Exception:  # noqa: BLE001  # no peer may end the toy
            if count := self._failed.due():
                _log.exception("%s: a connection failed; since the last such line %d", host, count)
        self._ended += 1
        if self._ended % COLLECT_AFTER == 0:
            gc.collect()  # quick, as what was there at the start is frozen

    async def _admit_and_serve(self, connection: socket.socket, host: str) -> None:
        with self._places.taken_by(host) as free:
            try:
                link = await self._admit(connection)
            except (OSError, WireError) as error:
                _log.debug("%s: not let in: %s", host, error)
                return
            if not free:
                await link.dismiss(f"{MAX_LINKS} connections are open already", "busy")
                return
            try:
                await self._greet(link)
            except asyncio.CancelledError:
                link.abort()
                raise
            finally:
                await self._satellite.leave(link)
                await link.aclose()

    async def _admit(self, connection: socket.socket) -> HubLink:
        """Raises OSError or WireError for who can't show what a hub must."""
        if self._pairing is None:
            streams = await streams_of(connection, None, self._clock)
            return HubLink(*streams, self._clock, may_control=True)
        keys = self._pairing.keys
        hub = keys.hub
        reader, writer = await streams_of(connection, keys.context, self._clock)
        if keys.hub != hub or (hub is not None and not is_pinned(writer, hub)):
            writer.transport.abort()
            raise WireError("it is not this toy's hub")
        return HubLink(reader, writer, self._clock, may_control=hub is not None)

    async def _greet(self, link: HubLink) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self._pairing is not None and link.may_control:
            self._places.leave(task)
            self._pairing.hub_tasks.add(task)
        try:
            await self._converse(link)
        except WireError as error:
            if count := self._odd.due():
                _log.warning(
                    "%s: %s; closing; since the last such line %d", link.peer, error, count
                )
            await link.dismiss(str(error), "protocol")
        finally:
            if self._pairing is not None:
                self._pairing.hub_tasks.discard(task)

    async def _converse(self, link: HubLink) -> None:
        while (event := await self._next(link)) is not None:
            if not self._satellite.controlled_by(link):
                await self._pace.turn()
            if isinstance(event, AudioFrame):
                self._satellite.handle(link, event)
            elif event.type == "describe":
                await link.write(self._introduction())
            elif event.type == "ping":
                text = event.data.get("text")
                await link.write(Pong(text if isinstance(text, str) else None).event())
            elif not link.may_control:
                await self._by_a_guest(link, event)
            elif event.type == UNPAIR and self._pairing is not None:
                await self._pairing.forget()
                await link.write(Event(UNPAIRED))
                return
            elif event.type == HELLO:
                link.agree(event)
            else:
                if event.type == "run-satellite":
                    await self._satellite.take(link)
                self._satellite.handle(link, event)

    async def _by_a_guest(self, link: HubLink, event: Event) -> None:
        """Obeys nothing of a peer that isn't the hub, and answers only an attempt to pair."""
        if event.type == START and self._pairing is not None:
            await self._pairing.converse(link, event)
        elif event.type == "run-satellite":
            await link.dismiss(
                "this toy has no hub: pair it with the code that it says", "unpaired"
            )

    def _introduction(self) -> Event:
        if self._pairing is None:
            return self._info
        about = self._info.data["satellite"]
        ours = offer(encrypted=True) | {"pairing": self._pairing.state}
        return Event("info", self._info.data | {"satellite": about | {"pommai": ours}})

    async def _next(self, link: HubLink) -> Event | AudioFrame | None:
        """None when the link is over, or the peer holds a place for nothing."""
        if link.closed:  # by us: whatever the peer still says is not read
            return None
        try:
            async with self._clock.timeout(
                None if self._satellite.controlled_by(link) else MAX_IDLE_S
            ):
                return await link.read()
        except TimeoutError:
            return None


def info(identity: SatelliteIdentity, *, has_vad: bool) -> Event:
    """The answer to `describe`: a plain Wyoming one, and who we are for a hub that didn't browse.

    Made here, as Wyoming's classes of all services take a tenth of a toy's start to load.
    """
    about = {
        "name": identity.name,
        "attribution": {"name": "Pommai", "url": ""},
        "installed": True,
        "description": f"Pommai toy {identity.device_id}",
        "version": identity.firmware,
        "has_vad": has_vad,
        "id": identity.device_id,
        "boot": identity.boot_id,
        "hardware": identity.hardware,
        "pommai": offer(encrypted=False),
    }
    return Event("info", {**{kind: [] for kind in _OTHER_SERVICES}, "satellite": about})
