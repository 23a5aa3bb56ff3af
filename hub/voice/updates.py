"""Brings paired satellites this hub's own version of their software, when a parent wants it: between turns, in pieces.

`note` hears what each says that it runs, `begin` is for the pages and the command line. An update that lost its link
goes on when the satellite is back; what came of it stands in the satellite's `update`.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import structlog

from hub.domain.clock import Clock
from hub.domain.toys import Satellite, SoftwareUpdate, UpdateStep
from hub.errors import LinkError, NotFoundError, PommaiError, RefusedError
from hub.voice.packs import BUSY_S, PAUSE_S
from hub.voice.session import Session
from hub.voice.wheel import Wheel, own_wheel
from satellite.wire_home import RESTART, Command, Report
from satellite.wire_ours import PROTOCOL
from satellite.wire_update import INSTALL_S, PIECE_BYTES, UPDATE_BYTES, Offer, Piece, install

log = structlog.get_logger()

Spawn = Callable[[Coroutine[None, None, None], str], None]
"""Runs something beside the links; nothing that it does may raise."""

UNDER_WAY: Final = (
    UpdateStep.SENDING,
    UpdateStep.INSTALLING,
    UpdateStep.STARTING,
    UpdateStep.WAITING,
)
RESTART_S: Final = 30.0
"""A toy that still talks over the same link so long after it was to start anew does not do it."""
DID_NOT_START: Final = "it has the new software, but does not start anew: switch it off and on"
DID_NOT_COME_UP: Final = "the new software did not come up on it, so it took its old one again"


class Updates:
    def __init__(
        self,
        find: Callable[[str], Satellite],
        session: Callable[[str], Session | None],
        changed: Callable[[], None],
        spawn: Spawn,
        clock: Clock,
        wheel: Callable[[], Wheel] = own_wheel,
    ) -> None:
        """`find` and `session` as for `Care`; `changed` is called when there is something to show.

        `wheel` makes what is sent, in a thread."""
        self.running: dict[str, str] = {}
        """By key, of those that are linked and take updates: the SHA-256 of what they run, "" as installed."""
        self.updates: dict[str, SoftwareUpdate] = {}
        """By key: what this hub has for them, unless they have it."""
        self._find = find
        self._session = session
        self._changed = changed
        self._spawn = spawn
        self._clock = clock
        self._make_wheel = wheel
        self._made: Wheel | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="wheel")
        self._restarted: set[str] = set()
        """Those that were to start anew, and went."""
        self._told_to_start_s: dict[str, float] = {}
        """When each was."""

    def forget(self, key: str) -> None:
        """It is no longer linked."""
        self.running.pop(key, None)
        update = self.updates.get(key)
        if update is None or update.step not in UNDER_WAY:
            self.updates.pop(key, None)
        elif update.step is UpdateStep.STARTING:
            self._restarted.add(key)

    def note(self, key: str, report: Report) -> None:
        """What it says of itself, each minute."""
        if report.software is None:
            self.updates.pop(key, None)
        else:
            self.running[key] = report.software
            self._spawn(self._look(key, report.failed or ""), f"software of {key}")

    def begin(self, key: str) -> None:
        """Give an adopted satellite this hub's version. Raises RefusedError, LinkError."""
        satellite, session = self._find(key), self._session(key)
        if session is None or session.desk is None:
            raise LinkError(f"{satellite.name} is away: update it when it is back")
        update = self.updates.get(key)
        if update is None and key in self.running:
            raise RefusedError(f"{satellite.name} has this hub's version, {satellite.firmware}")
        if update is None:
            raise RefusedError(
                f"{satellite.name} is not updated from here: run the installer where it runs"
            )
        if update.step not in UNDER_WAY:
            self._show(key, replace(update, step=UpdateStep.SENDING, percent=0, detail=""))
            self._spawn(self._bring(key), f"update of {key}")

    async def _look(self, key: str, failed: str) -> None:
        """Compare what it runs with what this hub has."""
        try:
            wheel = await self._wheel()
        except PommaiError as error:
            log.error("no toy can be updated", error=str(error))
            return
        try:
            version = self._find(key).firmware
        except NotFoundError:
            self.forget(key)  # it was released while it told this
        if key not in self.running:
            return  # it went meanwhile
        known = self.updates.get(key)
        restarted = key in self._restarted
        self._restarted.discard(key)
        if version == wheel.version:
            if self.updates.pop(key, None) is not None:
                log.info("a toy's software is up to date", satellite=key, version=version)
                self._changed()
        elif known is None or restarted:
            offer = SoftwareUpdate(wheel.version, wheel.sha256)
            if restarted or failed == wheel.sha256:
                log.warning("an update did not come up", satellite=key, version=wheel.version)
                offer = replace(offer, step=UpdateStep.FAILED, detail=DID_NOT_COME_UP)
            self._show(key, offer)
        elif known.step is UpdateStep.WAITING:
            self._show(key, replace(known, step=UpdateStep.SENDING))
            await self._bring(key)
        elif (
            known.step is UpdateStep.STARTING
            and self._clock.monotonic() - self._told_to_start_s[key] >= RESTART_S
        ):
            log.warning("a toy does not start anew", satellite=key, version=wheel.version)
            self._show(key, replace(known, step=UpdateStep.FAILED, detail=DID_NOT_START))

    async def _bring(self, key: str) -> None:
        """Over this link or those that follow; where it is gone for longer, its next report begins it again."""
        update = self.updates[key]
        while (session := self._session(key)) is not None:
            try:
                await self._send(key, update, session, await self._wheel())
            except LinkError as error:
                log.info("a toy went before it had its update", satellite=key, error=str(error))
            except PommaiError as error:
                log.warning("a toy does not take its update", satellite=key, error=str(error))
                self._show(key, replace(update, step=UpdateStep.FAILED, detail=str(error)))
                return
            else:
                return
            known = self.updates.get(key)
            if known is None or known.step not in UNDER_WAY:
                return  # it started with it, and came up or not: just its answer was lost
            if self._session(key) is session:
                break
        self._show(key, replace(self.updates.get(key, update), step=UpdateStep.WAITING))

    async def _send(self, key: str, update: SoftwareUpdate, session: Session, wheel: Wheel) -> None:
        """Raises LinkError, and RefusedError with what the toy has against it."""
        desk, size = session.desk, len(wheel.data)
        if desk is None:
            raise LinkError("its software does not know what this hub says")
        if size > UPDATE_BYTES:
            raise RefusedError(f"it is too large for a toy: {size} bytes of {UPDATE_BYTES}")
        offer = Offer(wheel.version, PROTOCOL, wheel.sha256, size)
        at = (await desk.ask(offer.event)).at or 0
        while at < size:
            self._show(key, replace(update, step=UpdateStep.SENDING, percent=100 * at // size))
            await self._quiet(key, session)
            piece = Piece(at, wheel.data[at : at + PIECE_BYTES])
            at += len(piece.data)
            if (await desk.ask(piece.event)).at != at:
                raise LinkError("it has lost count of what came")
            await self._clock.sleep(PAUSE_S)
        self._show(key, replace(update, step=UpdateStep.INSTALLING, percent=100))
        await desk.ask(lambda number: install(wheel.sha256, number), INSTALL_S)
        await self._quiet(key, session)
        self._told_to_start_s[key] = self._clock.monotonic()
        self._show(key, replace(update, step=UpdateStep.STARTING, percent=100))
        await desk.ask(lambda number: Command(number, RESTART).event())
        log.info("a toy starts with its update", satellite=key, version=wheel.version)

    async def _quiet(self, key: str, session: Session) -> None:
        """Wait until nobody talks. Raises LinkError when it is gone."""
        while not session.is_quiet:
            await self._clock.sleep(BUSY_S)
            if self._session(key) is not session:
                raise LinkError("it went in the middle of a talk")

    async def _wheel(self) -> Wheel:
        if self._made is None:
            loop = asyncio.get_running_loop()
            self._made = await loop.run_in_executor(self._thread, self._make_wheel)
        return self._made

    def _show(self, key: str, update: SoftwareUpdate) -> None:
        self.updates[key] = update
        self._changed()
