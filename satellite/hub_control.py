"""The toy: at most one hub controls it, and the newest that asks is the one."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from wyoming.event import Event

from satellite.board.panel import Panel, State
from satellite.files import read_json
from satellite.link import HubLink
from satellite.offline.offline_mode import OfflineMode
from satellite.session import SatelliteSession
from satellite.wire.frame import AudioFrame
from satellite.wire.stream import WireError

_log = logging.getLogger(__name__)


class HubContact(NamedTuple):
    hub: str
    """Its address."""
    epoch_s: float
    """By this machine's clock, which may have been wrong then."""


class HubContacts:
    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._path = folder / "last-hub.json"
        self._now = now

    def note(self, hub: str) -> None:
        """A hub is there, or just was."""
        unfinished = self._path.with_suffix(".new")
        try:
            unfinished.write_text(json.dumps({"hub": hub, "epoch_s": self._now()}))
            unfinished.replace(self._path)
        except OSError as error:  # on a full or worn-out card a toy still talks
            _log.warning("can't note the hub in %s: %s", self._path, error.strerror)

    def last(self) -> HubContact | None:
        """None when there was none, or what is kept can't be read."""
        try:
            kept = read_json(self._path)
            return HubContact(str(kept["hub"]), float(kept["epoch_s"]))
        except (OSError, ValueError, RecursionError, KeyError, TypeError):
            return None


class HubControl:
    def __init__(
        self,
        make_session: Callable[[HubLink], SatelliteSession],
        panel: Panel,
        pair: Callable[[], None] = lambda: None,
        met: Callable[[str], None] = lambda hub: None,
        away: OfflineMode | None = None,
    ) -> None:
        """`pair` is called when somebody holds the button to pair the toy anew, `met` with the
        address of each hub that comes or goes; `away` talks while there is none."""
        self._make_session = make_session
        self._panel = panel
        self._pair = pair
        self._met = met
        self._away = away
        self._session: SatelliteSession | None = None
        self._task: asyncio.Task[None] | None = None
        self._change = asyncio.Lock()
        self._tasks = asyncio.TaskGroup()

    async def run(self) -> None:
        """Until cancelled; no link may be handed in before."""
        async with self._tasks:
            self._panel.show(State.HUB_AWAY)
            if self._away is not None:
                self._tasks.create_task(self._away.run(), name="away")
            await asyncio.Event().wait()

    def trigger(self) -> None:
        """Begin a turn now, which ends by silence; without a hub the toy says a line that it carries."""
        if self._session is not None:
            self._session.trigger()
        elif self._away is not None:
            self._away.press()

    def tap(self) -> None:
        """What it says is over."""
        if self._session is not None:
            self._session.interrupt("tap")

    def press(self) -> None:
        """The button goes down: be silent and listen, until `release`."""
        if self._session is not None:
            self._session.press()
        elif self._away is not None:
            self._away.press()

    def release(self) -> None:
        if self._session is not None:
            self._session.release()

    @property
    def hears_a_voice(self) -> bool:
        """Whether somebody speaks to it while the button is held."""
        return self._session is not None and self._session.hears_a_voice

    def pair(self) -> None:
        """The button was held for long: a turn that it began is over, and pairing is wanted."""
        self.release()
        self._pair()

    def emergency(self) -> None:
        """Somebody at the toy wants every toy of the household to be silent: this one is at once."""
        if self._away is not None:
            self._away.emergency()
        if self._session is not None:
            self._session.emergency()

    def next_child(self) -> bool:
        """Another of the toy's children is about to speak: whether the hub is told."""
        return self._session is not None and self._session.next_child()

    def controlled_by(self, link: HubLink) -> bool:
        return self._session is not None and self._session.link is link

    def handle(self, link: HubLink, event: Event | AudioFrame) -> None:
        """An event or sound from whoever is connected: only the controlling hub's counts. Raises WireError."""
        if self._session is not None and self._session.link is link:
            self._session.handle(event)

    async def take(self, link: HubLink) -> None:
        """`link` said `run-satellite`, so it controls the toy from now on."""
        async with self._change:
            if self.controlled_by(link):
                return
            older = await self._end()
            if self._away is not None:
                await self._away.hub_came()
            self._session = self._make_session(link)
            self._task = self._tasks.create_task(self._control(self._session), name="session")
        self._met(link.peer)
        _log.info("%s controls the toy", link.peer)
        if older is not None:
            _log.info("%s doesn't any more", older.link.peer)
            why = "another hub controls this satellite now"
            self._tasks.create_task(older.link.dismiss(why, "replaced"), name="dismissal")

    async def leave(self, link: HubLink) -> None:
        """`link` is gone."""
        async with self._change:
            if self.controlled_by(link):
                await self._end()
                self._panel.show(State.HUB_AWAY)
                if self._away is not None:
                    await self._away.hub_went()
                self._met(link.peer)
                _log.info("%s is gone", link.peer)

    async def _end(self) -> SatelliteSession | None:
        ended, self._session = self._session, None
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        return ended

    async def _control(self, session: SatelliteSession) -> None:
        try:
            await session.run()
        except* WireError as lost:
            _log.warning("%s: %s", session.link.peer, lost.exceptions[0])
            await session.link.aclose()  # whose reader then leaves
        except* Exception:  # noqa: BLE001  # no hub may end the toy
            _log.exception("%s: its session failed", session.link.peer)
            await session.link.aclose()
