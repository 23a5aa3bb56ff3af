"""One connection to a satellite: find the address that answers, learn who it is, read and write within bounds.

    connection = await dial(addresses, clock, belongs)
    await connection.write(RunSatellite().event())
    event = await connection.read()

Whatever the far side does ends in a LinkError of one line.
"""

import asyncio
import ssl
from collections.abc import Callable, Collection, Sequence
from typing import Final, Protocol

from wyoming.event import Event
from wyoming.info import Describe

from hub.devices.identity import Address, Identity
from hub.devices.pairing.credentials import Secured
from hub.devices.watch import Watch, Way
from hub.domain.clock import Clock
from hub.errors import LinkError
from satellite.wire import tls as wire_tls
from satellite.wire.frame import MICROPHONE, AudioFrame
from satellite.wire.stream import MAX_STREAM_BYTES, WireError, WireReader, WireWriter

CONNECT_S: Final = 5.0
DESCRIBE_S: Final = 5.0
EVENTS_PER_S: Final = 200
"""A satellite sends 10 to 100 chunks a second, and few other events."""
EVENTS_AT_ONCE: Final = 1000
"""What it may send beyond that after a pause of the network."""
EVENTS_BETWEEN_BREATHS: Final = 16
"""Events that are read from the buffer before the rest of the hub has its turn."""


class Send(Protocol):
    """`Connection.write`."""

    async def __call__(self, *messages: Event | AudioFrame) -> None: ...


class Connection:
    """An open connection, until `aclose`."""

    def __init__(
        self,
        address: Address,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        clock: Clock,
    ) -> None:
        self.address = address
        self.identity = Identity("")
        self.heard_at = clock.monotonic()
        """When the last event came."""
        self.watchers: Collection[Watch] = ()
        """Told of every message."""
        self._clock = clock
        self._stream = writer
        self._reader = WireReader(reader, timeout=clock.timeout)
        self._writer = WireWriter(writer, timeout=clock.timeout)
        self._events_left: float = EVENTS_AT_ONCE
        self._events_read = 0

    @property
    def certificate(self) -> bytes:
        """What the satellite showed, in DER; empty on a link that isn't encrypted."""
        return wire_tls.peer_certificate(self._stream)

    @property
    def encrypted(self) -> bool:
        return bool(self.certificate)

    @property
    def speaks_opus(self) -> bool:
        """Whether sound goes in frames, both ways."""
        return self.encrypted and self.identity.speaks_opus

    def expect_frames(self) -> None:
        """The satellite's sound comes in frames from now on."""
        self._reader.frames_of = MICROPHONE

    async def read(self) -> Event:
        """The next event, before frames are expected. Raises LinkError on garbage, a flood or the end."""
        message = await self.read_any()
        if isinstance(message, AudioFrame):
            raise LinkError(f"{_at(self.address)}: sends a frame where none belongs")
        return message

    async def read_any(self) -> Event | AudioFrame:
        """The same, and afterwards."""
        try:
            message = await self._reader.read_any()
        except WireError as error:
            raise LinkError(f"{_at(self.address)}: {error}") from error
        if message is None:
            raise LinkError(f"{_at(self.address)}: closed the connection")
        for watch in self.watchers:
            watch.note(Way.FROM_TOY, message)
        await self._hold_back()
        return message

    async def write(self, *messages: Event | AudioFrame) -> None:
        """Raises LinkError when it is gone or does not read."""
        try:
            await self._writer.write(*messages)
        except WireError as error:
            raise LinkError(f"{_at(self.address)}: {error}") from error
        for watch in self.watchers:
            for message in messages:
                watch.note(Way.TO_TOY, message)

    async def aclose(self) -> None:
        await self._writer.aclose()

    async def _hold_back(self) -> None:
        now = self._clock.monotonic()
        earned = (now - self.heard_at) * EVENTS_PER_S
        self.heard_at = now
        self._events_left = min(EVENTS_AT_ONCE, self._events_left + earned) - 1
        if self._events_left < 0:
            raise LinkError(f"{_at(self.address)}: floods the hub with events")
        self._events_read += 1
        if self._events_read % EVENTS_BETWEEN_BREATHS == 0:
            await asyncio.sleep(0)


async def dial(
    addresses: Sequence[Address],
    clock: Clock,
    objection: Callable[[Identity], str] = lambda identity: "",
    secured: Secured | None = None,
) -> Connection:
    """Try all addresses at once; the first whose satellite meets no objection wins.

    `objection` says what is wrong with a satellite, "" when it is the right one. With `secured`
    nothing is said but over TLS, and to nobody else than it allows.
    Raises LinkError with what was wrong at each address.
    """
    found: Connection | None = None
    problems: list[str] = []

    async def attempt(address: Address) -> None:
        nonlocal found
        try:
            connection = await _open(address, clock, secured)
        except LinkError as error:
            problems.append(str(error))
            return
        problem = objection(connection.identity)
        if problem or found is not None:
            problems.append(f"{_at(address)}: {problem}")
            await connection.aclose()
            return
        found = connection
        for other in attempts:
            if other is not asyncio.current_task():
                other.cancel()

    try:
        async with asyncio.TaskGroup() as tasks:
            attempts = [tasks.create_task(attempt(address)) for address in addresses]
    except BaseException:
        if found is not None:
            await found.aclose()
        raise
    if found is None:
        raise LinkError("; ".join(problems) or "no address to dial is known")
    return found


async def _open(address: Address, clock: Clock, secured: Secured | None) -> Connection:
    """Connect and ask who is there."""
    try:
        async with clock.timeout(CONNECT_S):
            streams = await _streams(address, secured)
    except TimeoutError as error:
        raise LinkError(f"{_at(address)}: no answer") from error
    except ssl.SSLCertVerificationError as error:
        raise _another(address, secured) from error
    except ssl.SSLError as error:
        raise LinkError(f"{_at(address)}: does not speak TLS as a paired toy does") from error
    except OSError as error:
        problem = error.strerror or str(error) or "closes the connection at once"
        raise LinkError(f"{_at(address)}: {problem}") from error
    connection = Connection(address, *streams, clock)
    if secured and secured.certificate and connection.certificate != secured.certificate:
        await connection.aclose()
        raise _another(address, secured)
    try:
        async with clock.timeout(DESCRIBE_S):
            connection.identity = await _introduction(connection)
    except TimeoutError as error:
        await connection.aclose()
        raise LinkError(f"{_at(address)}: connects, but does not say what it is") from error
    except LinkError as error:
        await connection.aclose()
        if secured is None:
            raise
        raise LinkError(f"{_at(address)}: {secured.refusal}") from error
    except BaseException:
        await connection.aclose()
        raise
    return connection


async def _streams(
    address: Address, secured: Secured | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if secured is None:
        return await asyncio.open_connection(*address, limit=MAX_STREAM_BYTES)
    return await asyncio.open_connection(
        *address,
        limit=MAX_STREAM_BYTES,
        ssl=secured.context,
        server_hostname="",
        ssl_handshake_timeout=wire_tls.MAX_HANDSHAKE_S,
        ssl_shutdown_timeout=wire_tls.MAX_SHUTDOWN_S,
    )


def _another(address: Address, secured: Secured | None) -> LinkError:
    if secured is not None:
        secured.met_another(address)
    return LinkError(f"{_at(address)}: is not the toy that was paired: another certificate")


async def _introduction(connection: Connection) -> Identity:
    await connection.write(Describe().event())
    while (event := await connection.read()).type != "info":
        pass
    identity = Identity.from_info(event.data)
    if identity is None:
        raise LinkError(f"{_at(connection.address)}: is a Wyoming service, but not a satellite")
    return identity


def _at(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
