"""The lasting link to one adopted satellite: dial, take charge, keep watch, and come back after every loss.

TCP tells of a killed process but not of a pulled plug, and zeroconf of neither, so the link asks for a sign of
life: `ping`, or `describe` from a stock satellite, which answers no ping.
"""

import asyncio
import random
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Any, Final, Protocol

import structlog
from wyoming.event import Event
from wyoming.info import Describe
from wyoming.ping import Ping
from wyoming.satellite import RunSatellite

from hub.config import LinkSection
from hub.devices.connection import Connection, dial
from hub.devices.identity import Address, Identity, newest_first
from hub.devices.pairing.credentials import Secured
from hub.devices.watch import MAX_WATCHERS, Watch
from hub.domain.clock import Clock
from hub.domain.toys import Satellite, SatelliteState
from hub.errors import LinkError, RefusedError, leaves
from satellite.wire.extensions import OPUS, PCM, hello
from satellite.wire.frame import AudioFrame

log = structlog.get_logger()

SIGN_S: Final = 2.0
"""So soon a satellite that was announced as restarted answers over its old link, where it didn't."""


class ConnectionHandler(Protocol):
    """What runs over one connection; a `Session`."""

    async def receive(self, message: Event | AudioFrame) -> None: ...
    async def run(self) -> None: ...


class LinkOwner(Protocol):
    """Whom a link belongs to; a `Device`."""

    @property
    def satellite(self) -> Satellite:
        """Who is dialled."""
        ...

    async def connected(self, connection: Connection) -> ConnectionHandler:
        """A fresh connection; gives what runs over it."""
        ...

    def took_charge(self) -> None:
        """The satellite has given itself to this hub."""
        ...

    async def parted(self) -> None:
        """The connection is lost."""
        ...

    def met_copy(self, address: Address) -> None:
        """A second device has proven to be the satellite."""
        ...

    def changed(self) -> None:
        """The link's `state` or `detail` changed."""
        ...


def wait_s(attempt: int, jitter: float, longest_s: float) -> float:
    """Seconds before attempt 1, 2, 3 …: 1, 2, 4 … `longest_s`, give or take a fifth; `jitter` is 0 to 1."""
    return min(longest_s, 2.0 ** min(attempt - 1, 10)) * (0.8 + 0.4 * jitter)


class Link:
    """`run` holds the link until it is cancelled; nothing that the satellite does ends it."""

    def __init__(
        self,
        owner: LinkOwner,
        clock: Clock,
        times: LinkSection,
        secured: Secured | None = None,
    ) -> None:
        """`secured` as in `dial`."""
        self.state = SatelliteState.CONNECTING
        self.detail = ""
        self.in_charge = False
        """Whether the satellite is there and obeys."""
        self.is_ours = False
        """The satellite linked last knows what we add to Wyoming."""
        self._owner = owner
        self._clock = clock
        self._secured = secured
        self._times = times
        self._addresses = owner.satellite.addresses
        self._met_at: tuple[Address, ...] = ()
        """Where it was found last; whatever is announced, that is not forgotten."""
        self._boot_id = ""
        self._announcement = asyncio.Event()
        """Set when the satellite was announced anew: dial at once."""
        self._answers_ping = False
        self._sign = asyncio.Event()
        """Set by each sign of life."""
        self._watchers: set[Watch] = set()

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where it is dialled, the likeliest first."""
        return self._addresses

    def announced(self, addresses: Sequence[Address], boot_id: str) -> None:
        """Zeroconf saw the satellite: perhaps elsewhere, perhaps restarted."""
        moved = not set(addresses) <= set(self._addresses)
        self._addresses = newest_first((*self._met_at, *addresses), self._addresses)
        restarted = boot_id != self._boot_id
        self._boot_id = boot_id
        if moved or restarted:
            self._announcement.set()

    @contextmanager
    def watched(self) -> Iterator[Watch]:
        """Every message from now on, until the link is let go. Raises RefusedError for too many."""
        if len(self._watchers) >= MAX_WATCHERS:
            raise RefusedError(f"{MAX_WATCHERS} watch this toy already")
        watch = Watch(self._clock)
        watch.note_state(self.state, self.detail)
        self._watchers.add(watch)
        try:
            yield watch
        finally:
            self._watchers.discard(watch)

    async def run(self) -> None:
        try:
            await self._keep_up()
        finally:
            for watch in self._watchers:
                watch.end()

    async def _keep_up(self) -> None:
        attempt = 1
        while True:
            began = self._clock.monotonic()
            self._announcement.clear()
            try:
                await self._hold()
            except LinkError as error:
                self._lost(str(error))
            except (
                Exception
            ):  # it would end the fleet's task group, and with it the links to all other toys
                log.exception("a link broke", satellite=self._owner.satellite.key)
                self.show(SatelliteState.ERROR, "a fault in the hub; its log says more")
            longest_s = self._times.longest_wait_s
            if self._clock.monotonic() - began > longest_s:  # it held: begin at one second again
                attempt = 1
            try:
                async with self._clock.timeout(wait_s(attempt, random.random(), longest_s)):  # noqa: S311
                    await self._announcement.wait()
                attempt = 1
            except TimeoutError:
                attempt += 1

    async def _hold(self) -> None:
        """One connection, from dialling to its loss. Raises LinkError."""
        async with aclosing(
            await dial(self._addresses, self._clock, self._objection, self._secured)
        ) as connection:
            self._met_at = (connection.address,)
            connection.watchers = self._watchers
            self.is_ours = connection.identity.is_ours
            self._answers_ping = False
            session = await self._owner.connected(connection)
            if connection.speaks_opus:
                connection.expect_frames()
            try:
                lost = await first_failure(
                    self._read(connection, session),
                    self._watch(connection),
                    self._heed_announcements(connection),
                    session.run(),
                )
            finally:
                self.in_charge = False
            await self._owner.parted()
            raise lost

    async def _read(self, connection: Connection, session: ConnectionHandler) -> None:
        while True:
            event = await connection.read_any()
            self._sign.set()
            if not self.in_charge:
                self.in_charge = True
                log.info(
                    "linked", satellite=self._owner.satellite.key, address=connection.address[0]
                )
                self.show(SatelliteState.ONLINE, "")
                self._owner.took_charge()
            if isinstance(event, AudioFrame):
                await session.receive(event)
            elif event.type == "pong":
                self._answers_ping = True
            elif event.type == "ping":
                await connection.write(Event("pong", event.data))
            elif event.type == "error" and event.data.get("code") == "replaced":
                raise LinkError("another hub, or a copy of this one, has taken it over")
            else:
                await session.receive(event)

    async def _watch(self, connection: Connection) -> None:
        """Take charge, and see to it that the satellite stays there."""
        if connection.identity.is_ours:
            await connection.write(hello(OPUS if connection.speaks_opus else PCM))
        await connection.write(RunSatellite().event())
        await connection.write(Ping().event())
        await connection.write(Describe().event())
        while True:
            await self._clock.sleep(self._times.probe_s)
            silent_s = self._clock.monotonic() - connection.heard_at
            if silent_s >= self._times.silent_s and self.in_charge:
                raise LinkError(f"no sign of life for {silent_s:.0f} s")
            if silent_s >= self._times.silent_s:
                raise LinkError("it does not obey: another hub, or Home Assistant, holds it")
            if silent_s >= self._times.probe_s:
                await connection.write(self._probe())

    def _probe(self) -> Event:
        return Ping().event() if self._answers_ping else Describe().event()

    async def _heed_announcements(self, connection: Connection) -> None:
        """A satellite that lost its power says no goodbye, but comes back with another boot id. As anybody can announce
        one, it is left only where it doesn't answer any more."""
        while True:
            await self._announcement.wait()
            if connection.identity.boot_id not in ("", self._boot_id):
                if not await self._lives(connection):
                    raise LinkError("it restarted")
                await self._look_for_copy(connection)
            self._announcement.clear()

    async def _lives(self, connection: Connection) -> bool:
        self._sign.clear()
        await connection.write(self._probe())
        try:
            async with self._clock.timeout(SIGN_S):
                await self._sign.wait()
        except TimeoutError:
            return False
        return True

    async def _look_for_copy(self, connection: Connection) -> None:
        """Whether elsewhere something has the key of a paired satellite, too, and is another device."""
        if self._secured is None:
            return
        others = [address for address in self._addresses if address != connection.address]

        def objection(identity: Identity) -> str:
            same = identity.boot_id == connection.identity.boot_id
            return "it is the one that is linked" if same else self._objection(identity)

        try:
            copy = await dial(others, self._clock, objection, self._secured)
        except LinkError:
            return
        self._owner.met_copy(copy.address)
        await copy.aclose()

    def _objection(self, identity: Identity) -> str:
        return identity.objection(self._owner.satellite)

    def _lost(self, problem: str) -> None:
        if problem != self.detail:
            log.warning("no link", satellite=self._owner.satellite.key, error=problem)
        self.show(SatelliteState.AWAY, problem)

    def show(self, state: SatelliteState, detail: str) -> None:
        if (state, detail) != (self.state, self.detail):
            self.state, self.detail = state, detail
            for watch in self._watchers:
                watch.note_state(state, detail)
            self._owner.changed()


async def first_failure(*works: Coroutine[Any, Any, None]) -> Exception:
    """What the first of them to fail raised; the others are cancelled by then. None of them ends by itself.

    No TaskGroup may fail here: before Python 3.13 that loses a cancellation which comes at the same time, and
    whoever cancelled waits for ever.
    """
    failed: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    async def run(work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller judges it
            if not failed.done():
                failed.set_result(error)

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(run(work)) for work in works]
        error = await failed
        for task in running:
            task.cancel()
    return leaves(error)[0] if isinstance(error, ExceptionGroup) else error
