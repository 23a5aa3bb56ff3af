"""What paired satellites tell of themselves: how they are, what they warn of, and what happened without this hub."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeVar

import structlog

from hub.domain.clock import Clock
from hub.domain.toys import Absence, Satellite, SatelliteVitals, Toy
from hub.errors import PommaiError, RefusedError
from hub.voice.care import Care
from hub.voice.packs import Packs
from hub.voice.session import Session
from hub.voice.silence import Silence
from hub.voice.updates import Spawn, Updates
from satellite.wire_home import NUMBERS, Emergency, Report
from satellite.wire_pack import Offline

log = structlog.get_logger()

T = TypeVar("T")

ABSENCES_MOST: Final = 10
"""Of each satellite."""


class News:
    """`of` gives who hears one satellite."""

    def __init__(
        self,
        care: Care,
        packs: Packs | None,
        updates: Updates,
        silence: Silence,
        find: Callable[[str], Satellite],
        session: Callable[[str], Session | None],
        toy: Callable[[str], Awaitable[Toy]],
        keep: Callable[[Satellite], Awaitable[None]],
        changed: Callable[[], None],
        spawn: Spawn,
        clock: Clock,
    ) -> None:
        """As for `Care`; `changed` is called when there is something to show."""
        self.vitals: dict[str, SatelliteVitals] = {}
        """Of those that are linked, by key."""
        self.on_emergency: Callable[[Satellite, bool], Awaitable[None]] = _nobody_listens
        """Called when somebody at a satellite wants all toys to be silent, or wanted it while the satellite was
        away; raises PommaiError when that is not on the disk."""
        self._care = care
        self._packs = packs
        self._updates = updates
        self._silence = silence
        self._find = find
        self._session = session
        self._toy = toy
        self._keep = keep
        self._changed = changed
        self._spawn = spawn
        self._clock = clock
        self._keeping: set[str] = set()
        """What is being put on the disk; told again meanwhile, it is passed over."""

    def of(self, key: str) -> "FromSatellite":
        return FromSatellite(self, key)

    def forget(self, key: str) -> None:
        """It is no longer linked."""
        self.vitals.pop(key, None)
        self._care.parted(key)
        self._updates.forget(key)

    def note_obedience(self, key: str) -> None:
        self._silence.tell(key)

    def note_vitals(self, key: str, report: Report) -> None:
        for warning in report.warnings:
            log.warning("a toy warns", satellite=key, warning=warning)
        numbers = {name: getattr(report, name) for name in NUMBERS}
        log.debug("a toy reports", satellite=key, **numbers)
        self._spawn(self._care.greet(key), f"settings of {key}")
        self.vitals[key] = SatelliteVitals(**numbers)
        session = self._session(key)
        if self._packs is not None and session is not None and report.pack is not None:
            self._spawn(self._packs.bring(key, session, self._toy, report.pack), f"lines of {key}")
        self._updates.note(key, report)
        self._silence.note(key, report)
        self._changed()

    def note_emergency(self, key: str, call: Emergency) -> None:
        self._spawn(self._once(f"emergency at {key}", self._keep_emergency, key, call), "emergency")

    def note_absence(self, key: str, told: Offline) -> None:
        self._spawn(self._once(f"absence of {key}", self._keep_absence, key, told), "absence")

    async def _once(
        self, what: str, keep: Callable[[str, T], Awaitable[None]], key: str, told: T
    ) -> None:
        if what not in self._keeping:
            self._keeping.add(what)
            try:
                await keep(key, told)
            finally:
                self._keeping.discard(what)

    async def _keep_emergency(self, key: str, call: Emergency) -> None:
        """All are stopped and the parents told, and only then the satellite may forget it."""
        log.warning("the emergency stop is called at a toy", satellite=key, late=call.late)
        try:
            await self.on_emergency(self._find(key), call.late)
            await self._acknowledge(key, call.id)
        except PommaiError as error:
            log.error("can't note an emergency", satellite=key, error=str(error))

    async def _acknowledge(self, key: str, number: str) -> None:
        """Raises LinkError."""
        session = self._session(key)
        if session is not None and session.desk is not None:
            await session.desk.acknowledge(number)

    async def _keep_absence(self, key: str, told: Offline) -> None:
        """On the disk, and only then the satellite may forget it: where it did not learn that, it tells it again."""
        now = self._clock.now()
        ages = timedelta(seconds=told.first_s), timedelta(seconds=told.last_s)
        absence = Absence(now - ages[0], now - ages[1], told.lines, told.id)
        try:
            satellite = self._find(key)
            others = (other for other in satellite.absences if other.number != told.id)
            absences = (absence, *others)[:ABSENCES_MOST]
            await self._keep(replace(satellite, absences=absences))
            await self._acknowledge(key, told.id)
        except PommaiError as error:
            log.warning("can't note when a toy was away", satellite=key, error=str(error))
            return
        log.info("a toy was away", satellite=key, lines=told.lines)


@dataclass(frozen=True)
class FromSatellite:
    """What one satellite tells."""

    news: News
    key: str

    def obeys(self) -> None:
        self.news.note_obedience(self.key)

    def vitals(self, report: Report) -> None:
        self.news.note_vitals(self.key, report)

    def emergency(self, call: Emergency) -> None:
        self.news.note_emergency(self.key, call)

    def absence(self, told: Offline) -> None:
        self.news.note_absence(self.key, told)


async def _nobody_listens(satellite: Satellite, late: bool) -> None:
    raise RefusedError("nobody here listens for one")
