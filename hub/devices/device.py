"""One adopted satellite: its link and session, its settings and commands, what it is brought, and what it reports.

The fleet makes one for each and begins its link; all else that the hub does with a satellite is asked of its `Device`.
What can't be done is one line for a person.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Final

import structlog

from hub.activities.activity import Part
from hub.alerts.maker import AlertMaker
from hub.config import LinkSection
from hub.devices.audio.room import RoomListener
from hub.devices.audio.room_choice import RoomChoice
from hub.devices.background import BackgroundTasks, Work
from hub.devices.commands import CommandChannel, SettingsDelivery, StopDelivery
from hub.devices.connection import Connection
from hub.devices.identity import Address
from hub.devices.link import Link
from hub.devices.pairing.credentials import Credentials
from hub.devices.pairing.impostors import ImpostorAlerts
from hub.devices.phrases import OfflinePhrases, PhraseMaker
from hub.devices.reports import EmergencyHandler, Reports
from hub.devices.session import Session
from hub.devices.sightings import Sightings
from hub.devices.turn import Asked, Turns
from hub.devices.updates import OwnSoftware, UpdateDelivery
from hub.devices.watch import Watch
from hub.domain.clock import Clock
from hub.domain.safety import SafeText
from hub.domain.talks.talk import PARENT
from hub.domain.toys import Pairing, Satellite, SatelliteSettings, SatelliteState, Toy
from hub.errors import DataError, LinkError, NotFoundError, RefusedError
from hub.events import Bus, SatellitesChanged
from hub.storage.store import Store
from hub.translation import gettext as _
from satellite.wire.commands import BE_QUIET, COMMANDS, StatusReport

log = structlog.get_logger()

NOT_SILENCED: Final = "it has not heard of the stop yet, and may say the lines that it carries"
TALKS: Final = {
    SatelliteState.ONLINE,
    SatelliteState.LISTENING,
    SatelliteState.THINKING,
    SatelliteState.SPEAKING,
}


@dataclass(frozen=True, slots=True)
class DeviceServices:
    """What all devices share."""

    store: Store
    turns: Turns
    bus: Bus
    clock: Clock
    credentials: Credentials
    on_emergency: EmergencyHandler
    link: LinkSection


class Device:
    """`satellite` is how it stands on the disk, `status` adds its state of now."""

    def __init__(
        self,
        satellite: Satellite,
        services: DeviceServices,
        sightings: Sightings,
        phrases: PhraseMaker | None,
        software: OwnSoftware,
    ) -> None:
        """Without `phrases` it gets no lines for when this hub is away; `software` is what it is updated to."""
        self.satellite = satellite
        self._services = services
        self._sightings = sightings
        self._clock = services.clock
        self.link: Link | None = None
        self.session: Session | None = None
        """Of the connection of now."""
        self._task: asyncio.Task[None] | None = None
        self._released = False
        self._background = BackgroundTasks(satellite.key)
        self.room = RoomChoice(self, sightings)
        self.reports = Reports(
            self, services.bus, self._clock, services.on_emergency, self._reported
        )
        self._settings = SettingsDelivery(self)
        self._stop = StopDelivery(self, lambda: services.turns.stopped)
        self._update = UpdateDelivery(self, software, self._clock)
        self._phrases = OfflinePhrases(self, phrases, self._clock) if phrases else None
        alerts = AlertMaker(services.store, self._clock)
        self._impostors = ImpostorAlerts(self, sightings, alerts, self._clock)

    @property
    def key(self) -> str:
        return self.satellite.key

    @property
    def name(self) -> str:
        return self.satellite.name

    @property
    def commands(self) -> CommandChannel | None:
        """Of the connection of now; None while the satellite is away, or takes no commands."""
        return self.session.commands if self.session else None

    @property
    def is_quiet(self) -> bool:
        """Nobody talks with it, and nobody is about to."""
        return self.session is None or self.session.is_quiet

    @property
    def speaks_opus(self) -> bool:
        """Its sound goes as Opus."""
        return self.session is not None and self.session.opus

    @property
    def room_listener(self) -> RoomListener:
        """See `SessionOwner`."""
        return self.room.listener

    @property
    def may_talk(self) -> bool:
        """Whether the satellite, while it is away, may say lines that it carries, although all are stopped."""
        return bool(self.satellite.certificate) and self._stop.may_talk

    def status(self) -> Satellite:
        """The satellite with its state of now, for the pages and commands."""
        satellite, link = self.satellite, self.link
        if link is None:
            return replace(satellite, state=SatelliteState.CONNECTING)
        state, detail = link.state, link.detail
        if satellite.certificate and not link.in_charge:
            seen = self._sightings.of(satellite)
            if seen is not None and seen.pairing is Pairing.OPEN:
                satellite = replace(satellite, pairing=Pairing.OPEN)
        if state is SatelliteState.AWAY and self.may_talk:
            detail = f"{detail}; {NOT_SILENCED}"
        if self._services.turns.stopped and state in TALKS:
            state = SatelliteState.STOPPED
        return replace(
            satellite,
            state=state,
            state_detail=detail,
            last_seen=self._clock.now() if link.in_charge else satellite.last_seen,
            vitals=self.reports.vitals,
            software=self._update.running,
            update=self._update.update,
            interruptible=link.is_ours if link.in_charge else None,
        )

    async def toy(self) -> Toy:
        """Who lives in it now. Raises NotFoundError, also where that one is gone: another may be another child's."""
        self._check_is_ours()
        toy = await self._services.store.toys.get(self.satellite.toy_id or "")
        if toy is None:
            raise NotFoundError(_("no toy lives in it any more: choose one on its page"))
        return toy

    async def settle(self, change: Callable[[SatelliteSettings], SatelliteSettings]) -> Satellite:
        """Change what holds for good, at once where the satellite is there, else when it is back.

        Raises NotFoundError, RefusedError, LinkError, DataError.
        """
        self._check_is_paired()
        await self._settings.change(change)
        return self.status()

    async def command(self, do: str) -> Satellite:
        """One of `satellite.wire.commands.COMMANDS`. Raises RefusedError, LinkError."""
        if do not in COMMANDS:
            raise RefusedError(
                _("%(do)s: must be one of %(commands)s", do=do, commands=", ".join(COMMANDS))
            )
        self._check_is_paired()
        session = self._linked_session()
        assert session.commands is not None
        if do == BE_QUIET:
            session.be_quiet()
        await session.commands.command(do)
        return self.status()

    def say(self, line: SafeText, source: str = PARENT) -> Satellite:
        """Begin to say a checked line; `source` is as in `Turn`. Raises RefusedError, LinkError, BusyError."""
        self._linked_session().begin(Asked(line=line, source=source))
        return self.status()

    def play(self, part: Part) -> Satellite:
        """Begin an activity that a parent chose. Raises as `say`."""
        self._linked_session().begin(Asked(part=part))
        return self.status()

    async def move(self, toy: Toy) -> Satellite:
        """Another character lives in it from the next turn on. Raises NotFoundError, DataError."""
        await self.keep(replace(self.satellite, toy_id=toy.id))
        return self.status()

    async def hear_room(self, by: str) -> Satellite:
        """As `RoomChoice.change`."""
        await self.room.change(by)
        return self.status()

    def update(self) -> Satellite:
        """Begin to bring it this hub's version of its software. Raises RefusedError, LinkError."""
        self._update.begin()
        return self.status()

    def watch(self) -> AbstractContextManager[Watch]:
        """The messages of its link. Raises RefusedError."""
        if self.link is None:
            raise RefusedError(_("the hub has no link to %(name)s yet", name=self.name))
        return self.link.watched()

    def pass_on_stop(self) -> None:
        """The emergency stop was called or lifted: what it says by itself stops, too, or may sound."""
        self._stop.tell()

    def start(self, group: asyncio.TaskGroup) -> None:
        """Begin the link, as a task of `group`."""
        self._background.group = group
        credentials, certificate = self._services.credentials, self.satellite.certificate
        met_another = self._impostors.met_another
        secured = credentials.for_toy(certificate, met_another) if certificate else None
        self.link = Link(self, self._clock, self._services.link, secured)
        self._task = group.create_task(self.link.run(), name=f"link to {self.key}")
        self.announced()

    async def stop(self) -> None:
        """End the link."""
        self.link = None
        self._forget_session()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
            self._task = None

    async def release(self) -> None:
        """It is the family's no more: its link ends, and nothing is kept of it from now on."""
        self._released = True
        await self.stop()

    def announced(self) -> None:
        """What zeroconf shows of it came, changed or went."""
        seen = self._sightings.of(self.satellite)
        if seen is not None and self.link is not None:
            self.link.announced(seen.addresses, seen.boot_id)
        if self.satellite.certificate:
            self._impostors.look()

    async def connected(self, connection: Connection) -> Session:
        """See `LinkOwner`."""
        identity, services = connection.identity, self._services
        await self._note(identity.introduce(self.satellite, connection.address))
        takes_commands = identity.is_ours and bool(self.satellite.certificate)
        self.session = Session(
            self,
            services.turns,
            connection.write,
            self._show,
            self._clock,
            self.reports if takes_commands else None,
            opus=connection.speaks_opus,
        )
        return self.session

    def took_charge(self) -> None:
        """See `LinkOwner`."""
        self._stop.tell()

    async def parted(self) -> None:
        """See `LinkOwner`."""
        self._forget_session()
        await self._note(self.satellite)

    def met_copy(self, address: Address) -> None:
        """See `LinkOwner`."""
        self._impostors.met_copy(address)

    def changed(self) -> None:
        """There is something new to show."""
        self._services.bus.publish(SatellitesChanged())

    def spawn(self, work: Work, name: str, *, once: bool = False) -> None:
        """See `LinkedDevice`."""
        self._background.spawn(work, name, once=once)

    def _reported(self, report: StatusReport) -> None:
        """What it lacks is brought."""
        self._settings.note()
        if self._phrases is not None and report.pack is not None:
            self.spawn(self._phrases.bring(report.pack), "lines")
        self._update.note(report)
        self._stop.note(report)

    def _linked_session(self) -> Session:
        session = self.session
        if session is None:
            raise LinkError(_("%(name)s is away: is it switched on, and at home?", name=self.name))
        if self.satellite.certificate and session.commands is None:
            raise LinkError(
                _(
                    "%(name)s's software is too old for this: run its installer again",
                    name=self.name,
                )
            )
        return session

    def _check_is_paired(self) -> None:
        if not self.satellite.certificate:
            raise RefusedError(
                _(
                    "%(name)s is not paired, and only a paired toy takes commands: it is set where it runs",
                    name=self.name,
                )
            )

    def _check_is_ours(self) -> None:
        if self._released:
            raise NotFoundError(_("%(name)s was released", name=self.name))

    def _show(self, state: SatelliteState, detail: str) -> None:
        if self.link is not None:
            self.link.show(state, detail)

    def _forget_session(self) -> None:
        self.session = None
        self.reports.vitals = None
        self._settings.parted()
        self._update.parted()

    async def _note(self, satellite: Satellite) -> None:
        """Keep what was learnt of it just now; a toy still talks when the disk is full."""
        try:
            await self.keep(replace(satellite, last_seen=self._clock.now()))
        except DataError as error:
            log.warning("can't note a satellite", satellite=self.key, error=str(error))

    async def keep(self, satellite: Satellite) -> None:
        """See `LinkedDevice`."""
        self._check_is_ours()
        self.satellite = satellite
        await self._services.store.satellites.save(satellite)
