"""The lasting link to one adopted satellite: dial, take charge, keep watch, and come back after every loss.

TCP tells of a killed process but not of a pulled plug, and zeroconf of neither, so the link asks for a sign of
life: `ping`, or `describe` from a stock satellite, which answers no ping.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Final, Protocol

import structlog
from wyoming.event import Event
from wyoming.info import Describe
from wyoming.ping import Ping
from wyoming.satellite import RunSatellite

from hub.domain.clock import Clock
from hub.domain.toys import SatelliteState
from hub.errors import LinkError, RefusedError
from hub.voice.connection import Connection, Send, dial
from hub.voice.credentials import Secured
from hub.voice.identity import Address, Identity, newest_first
from hub.voice.side_by_side import first_failure
from hub.voice.watch import WATCHERS_MOST, Watch
from satellite.wire_frame import Frame
from satellite.wire_ours import OPUS, PCM, hello

log = structlog.get_logger()

PROBE_EVERY_S: Final = 3.0
SILENT_S: Final = 10.0
"""No event for so long, although probed: it is gone. A stock satellite answers late while it
runs one of its `--…-command`s."""
SIGN_S: Final = 2.0
"""So soon a satellite that was announced as restarted answers over its old link, where it didn't."""
LONGEST_WAIT_S: Final = 30.0
"""Between attempts; a link that held for so long starts over at one second."""


class Talk(Protocol):
    """What runs over the link; a `Session`."""

    def begin(self, *, opus: bool) -> None:
        """Before anything else. `opus`: sound comes and goes in frames."""
        ...

    def obeyed(self) -> None:
        """The satellite is in our charge from now on."""
        ...

    async def receive(self, message: Event | Frame) -> None: ...
    async def run(self) -> None: ...


Show = Callable[[SatelliteState, str], None]


def wait_s(attempt: int, jitter: float) -> float:
    """Seconds before attempt 1, 2, 3 …: 1, 2, 4 … 30, give or take a fifth; `jitter` is 0 to 1."""
    return min(LONGEST_WAIT_S, 2.0 ** min(attempt - 1, 10)) * (0.8 + 0.4 * jitter)


class Link:
    """`run` holds the link until it is cancelled; nothing that the satellite does ends it."""

    def __init__(
        self,
        key: str,
        addresses: Sequence[Address],
        *,
        objection: Callable[[Identity], str],
        talk: Callable[[Send, Show], Talk],
        connected: Callable[[Address, Identity], Awaitable[None]],
        parted: Callable[[], Awaitable[None]],
        changed: Callable[[], None],
        clock: Clock,
        secured: Secured | None = None,
        met_copy: Callable[[Address], None] = lambda address: None,
    ) -> None:
        """`objection` and `secured` as in `dial`; `talk` begins a session on a fresh connection; `connected` and
        `parted` are told of each one; `changed` is called when `state` or `detail` changed, `met_copy` when a second
        device has proven to be the satellite."""
        self.state = SatelliteState.CONNECTING
        self.detail = ""
        self.in_charge = False
        """Whether the satellite is there and obeys."""
        self.is_ours = False
        """The satellite linked last knows what we add to Wyoming."""
        self._key = key
        self._addresses = tuple(addresses)
        self._met_at: tuple[Address, ...] = ()
        """Where it was found last; whatever is announced, that is not forgotten."""
        self._objection = objection
        self._talk = talk
        self._connected = connected
        self._parted = parted
        self._changed = changed
        self._clock = clock
        self._secured = secured
        self._met_copy = met_copy
        self._boot_id = ""
        self._news = asyncio.Event()
        """Set when the satellite was announced anew: dial at once."""
        self._answers_ping = False
        self._sign = asyncio.Event()
        """Set by each sign of life."""
        self._watchers: set[Watch] = set()

    def announced(self, addresses: Sequence[Address], boot_id: str) -> None:
        """Zeroconf saw the satellite: perhaps elsewhere, perhaps restarted."""
        moved = not set(addresses) <= set(self._addresses)
        self._addresses = newest_first((*self._met_at, *addresses), self._addresses)
        restarted = boot_id != self._boot_id
        self._boot_id = boot_id
        if moved or restarted:
            self._news.set()

    @contextmanager
    def watched(self) -> Iterator[Watch]:
        """Every message from now on, until the link is let go. Raises RefusedError for too many."""
        if len(self._watchers) >= WATCHERS_MOST:
            raise RefusedError(f"{WATCHERS_MOST} watch this toy already")
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
            self._news.clear()
            try:
                await self._hold()
            except LinkError as error:
                self._lost(str(error))
            except Exception:
                log.exception("a link broke", satellite=self._key)
                self._show(SatelliteState.ERROR, "a fault in the hub; its log says more")
            if self._clock.monotonic() - began > LONGEST_WAIT_S:
                attempt = 1
            try:
                async with self._clock.timeout(wait_s(attempt, random.random())):  # noqa: S311
                    await self._news.wait()
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
            await self._connected(connection.address, connection.identity)
            self._answers_ping = False
            session = self._talk(connection.write, self._show)
            session.begin(opus=connection.speaks_opus)
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
            await self._parted()
            raise lost

    async def _read(self, connection: Connection, session: Talk) -> None:
        while True:
            event = await connection.read_any()
            self._sign.set()
            if not self.in_charge:
                self.in_charge = True
                log.info("linked", satellite=self._key, address=connection.address[0])
                self._show(SatelliteState.ONLINE, "")
                session.obeyed()
            if isinstance(event, Frame):
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
            await self._clock.sleep(PROBE_EVERY_S)
            silent_s = self._clock.monotonic() - connection.heard_at
            if silent_s >= SILENT_S and self.in_charge:
                raise LinkError(f"no sign of life for {silent_s:.0f} s")
            if silent_s >= SILENT_S:
                raise LinkError("it does not obey: another hub, or Home Assistant, holds it")
            if silent_s >= PROBE_EVERY_S:
                await connection.write(self._probe())

    def _probe(self) -> Event:
        return Ping().event() if self._answers_ping else Describe().event()

    async def _heed_announcements(self, connection: Connection) -> None:
        """A satellite that lost its power says no goodbye, but comes back with another boot id. As anybody can announce
        one, it is left only where it doesn't answer any more."""
        while True:
            await self._news.wait()
            if connection.identity.boot_id not in ("", self._boot_id):
                if not await self._lives(connection):
                    raise LinkError("it restarted")
                await self._look_for_copy(connection)
            self._news.clear()

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
        self._met_copy(copy.address)
        await copy.aclose()

    def _lost(self, problem: str) -> None:
        if problem != self.detail:
            log.warning("no link", satellite=self._key, error=problem)
        self._show(SatelliteState.AWAY, problem)

    def _show(self, state: SatelliteState, detail: str) -> None:
        if (state, detail) != (self.state, self.detail):
            self.state, self.detail = state, detail
            for watch in self._watchers:
                watch.note_state(state, detail)
            self._changed()
