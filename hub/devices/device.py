"""One adopted satellite: its link and session, its settings and orders, what it is brought, and what it reported.

The fleet makes one for each and begins its link; all else that the hub does with a satellite is asked of its `Device`.
What can't be done is one line for a person.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeVar

import structlog

from hub.alerts.maker import AlertMaker
from hub.devices.audio.room import RoomListener
from hub.devices.commands import CommandChannel, StopDelivery, checked
from hub.devices.connection import Connection
from hub.devices.credentials import Credentials, Secured
from hub.devices.identity import Address
from hub.devices.impostors import ImpostorAlerts
from hub.devices.link import Link
from hub.devices.phrases import OfflinePhrases, PhraseMaker
from hub.devices.session import Session
from hub.devices.sightings import Sightings
from hub.devices.turn import Turns
from hub.devices.updates import OwnSoftware, UpdateDelivery
from hub.devices.watch import Watch
from hub.domain.clock import Clock
from hub.domain.safety import SafeText
from hub.domain.toys import (
    ANY_VOICE,
    Absence,
    Pairing,
    Satellite,
    SatelliteSettings,
    SatelliteState,
    SatelliteVitals,
    Toy,
)
from hub.errors import DataError, LinkError, NotFoundError, PommaiError, RefusedError
from hub.events import Bus, SatellitesChanged
from hub.storage.store import Store
from satellite.wire.commands import (
    BE_QUIET,
    COMMANDS,
    REPORT_NUMBERS,
    EmergencyMessage,
    StatusReport,
)
from satellite.wire.phrases import OfflineReport

log = structlog.get_logger()

T = TypeVar("T")

MAX_ABSENCES: Final = 10
"""Of each satellite."""
NOT_SILENCED: Final = "it has not heard of the stop yet, and may say the lines that it carries"
TALKS: Final = {
    SatelliteState.ONLINE,
    SatelliteState.LISTENING,
    SatelliteState.THINKING,
    SatelliteState.SPEAKING,
}

EmergencyHandler = Callable[[Satellite, bool], Awaitable[object]]
"""Called when somebody at a satellite wants all toys to be silent, or, with True, wanted it while the satellite was
away. Raises PommaiError when that is not on the disk."""


async def _nobody_listens(satellite: Satellite, late: bool) -> None:
    raise RefusedError("nobody here listens for one")


@dataclass(frozen=True, slots=True)
class DeviceServices:
    """What all devices share."""

    store: Store
    turns: Turns
    bus: Bus
    clock: Clock
    credentials: Credentials
    on_emergency: EmergencyHandler = _nobody_listens


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
        self._group: asyncio.TaskGroup | None = None
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None
        self._session: Session | None = None
        self._released = False
        self._settling = asyncio.Lock()
        """Held from reading what is to hold until it does, whatever becomes of the link."""
        self._has_settings = False
        """It is linked, and known to have what holds."""
        self._vitals: SatelliteVitals | None = None
        self._keeping: set[str] = set()
        """Reports that are being put on the disk; one that comes again meanwhile is passed over."""
        self._stop = StopDelivery(self, lambda: services.turns.stopped)
        self._update = UpdateDelivery(self, software, self._clock)
        self._phrases = OfflinePhrases(self, phrases, self._clock) if phrases else None
        self._impostors = ImpostorAlerts(AlertMaker(services.store, self._clock), self._clock)

    @property
    def key(self) -> str:
        return self.satellite.key

    @property
    def name(self) -> str:
        return self.satellite.name

    @property
    def is_linked(self) -> bool:
        """The satellite is there and in this hub's charge."""
        return self._link is not None and self._link.in_charge

    @property
    def session(self) -> Session | None:
        """Of the connection of now."""
        return self._session

    @property
    def commands(self) -> CommandChannel | None:
        """Of the connection of now; None while the satellite is away, or takes no commands."""
        return self._session.commands if self._session else None

    @property
    def is_quiet(self) -> bool:
        """Nobody talks with it, and nobody is about to."""
        return self._session is None or self._session.is_quiet

    @property
    def speaks_opus(self) -> bool:
        """Its sound goes as Opus."""
        return self._session is not None and self._session.opus

    @property
    def room_listener(self) -> RoomListener:
        """Who hears its room, where it streams all the time; a service that is approved no more hears nothing."""
        by = self.satellite.room_heard_by
        return by if by == ANY_VOICE else self._sightings.wake_services.get(by, "")

    @property
    def dialled_at(self) -> tuple[Address, ...]:
        """Where it is looked for, the likeliest first."""
        return self._link.addresses if self._link else ()

    @property
    def may_talk(self) -> bool:
        """Whether the satellite, while it is away, may say lines that it carries, although all are stopped."""
        return bool(self.satellite.certificate) and self._stop.may_talk

    def status(self) -> Satellite:
        """The satellite with its state of now, for the pages and commands."""
        satellite, link = self.satellite, self._link
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
            vitals=self._vitals,
            software=self._update.running,
            update=self._update.update,
            interruptible=link.is_ours if link.in_charge else None,
        )

    async def toy(self) -> Toy:
        """Who lives in it now; the first toy when that one is gone. Raises NotFoundError."""
        self._check_is_ours()
        toys = self._services.store.toys
        toy = await toys.get(self.satellite.toy_id) if self.satellite.toy_id else None
        return toy or first_of(await toys.list())

    async def settle(self, change: Callable[[SatelliteSettings], SatelliteSettings]) -> Satellite:
        """Change what holds for good, at once where the satellite is there, else when it is back.

        Raises NotFoundError, RefusedError, LinkError, DataError.
        """
        self._check_is_paired()
        async with self._settling:
            settings = change(self.satellite.settings)
            checked(settings)
            if commands := self.commands:
                await self._give_settings(commands, settings)
            await self._keep(replace(self.satellite, settings=settings))
        return self.status()

    async def command(self, do: str) -> Satellite:
        """One of `satellite.wire.commands.COMMANDS`. Raises RefusedError, LinkError."""
        if do not in COMMANDS:
            raise RefusedError(f"{do}: must be one of {', '.join(COMMANDS)}")
        self._check_is_paired()
        session = self._linked_session()
        assert session.commands is not None
        if do == BE_QUIET:
            session.be_quiet()
        await session.commands.command(do)
        return self.status()

    def say(self, line: SafeText) -> Satellite:
        """Begin to say a checked line. Raises RefusedError, LinkError, BusyError."""
        self._linked_session().say(line)
        return self.status()

    async def move(self, toy: Toy) -> Satellite:
        """Another character lives in it from the next turn on. Raises NotFoundError, DataError."""
        await self._keep(replace(self.satellite, toy_id=toy.id))
        return self.status()

    async def hear_room(self, by: str) -> Satellite:
        """Who listens to a plain satellite that streams all the time, as `Satellite.room_heard_by`. Holds at once.

        Raises NotFoundError, RefusedError for a service that isn't approved, DataError.
        """
        if self.satellite.certificate:
            raise RefusedError(f"{self.name} is paired, and never streams all the time")
        if by not in ("", ANY_VOICE, *self._sightings.wake_services):
            raise RefusedError(f"{by} is no approved wake word service: look at the services")
        await self._keep(replace(self.satellite, room_heard_by=by))
        await self.ask_anew()
        return self.status()

    async def ask_anew(self) -> None:
        """Somebody else listens to its room now: what it does ends, and it is to ask again."""
        if self._session is not None:
            with suppress(LinkError):  # it asks anew when it is back
                await self._session.ask_anew()

    def update(self) -> Satellite:
        """Begin to bring it this hub's version of its software. Raises RefusedError, LinkError."""
        self._update.begin()
        return self.status()

    def watch(self) -> AbstractContextManager[Watch]:
        """The messages of its link. Raises RefusedError."""
        if self._link is None:
            raise RefusedError(f"the hub has no link to {self.name} yet")
        return self._link.watched()

    def pass_on_stop(self) -> None:
        """The emergency stop was called or lifted: what it says by itself stops, too, or may sound."""
        self._stop.tell()

    def start(self, group: asyncio.TaskGroup) -> None:
        """Begin the link, as a task of `group`."""
        self._group = group
        self._link = Link(self, self._clock, self._secured())
        self._task = group.create_task(self._link.run(), name=f"link to {self.key}")
        self.announced()

    async def stop(self) -> None:
        """End the link."""
        self._link = None
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
        if seen is not None and self._link is not None:
            self._link.announced(seen.addresses, seen.boot_id)
        if self.satellite.certificate:
            for address in self._sightings.clones(self.satellite)[:1]:
                self._tell_of_impostor(address)

    async def connected(self, connection: Connection) -> Session:
        """See `LinkOwner`."""
        identity, services = connection.identity, self._services
        await self._note(identity.introduce(self.satellite, connection.address))
        takes_commands = identity.is_ours and bool(self.satellite.certificate)
        self._session = Session(
            self,
            services.turns,
            connection.write,
            self._show,
            self._clock,
            self if takes_commands else None,
            opus=connection.speaks_opus,
        )
        return self._session

    def took_charge(self) -> None:
        """See `LinkOwner`."""
        self._stop.tell()

    async def parted(self) -> None:
        """See `LinkOwner`."""
        self._forget_session()
        await self._note(self.satellite)

    def met_copy(self, address: Address) -> None:
        """See `LinkOwner`."""
        self.spawn(self._impostors.met_copy(self.satellite, address), "copy")

    def changed(self) -> None:
        """There is something new to show."""
        self._services.bus.publish(SatellitesChanged())

    def spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        """Run something beside the link; a fault in it is logged and ends nothing else."""
        if self._group is None:
            work.close()
            return
        guarded = self._guarded(work, name)
        try:
            running = self._group.create_task(guarded, name=f"{name} of {self.key}")
        except RuntimeError:  # the fleet is ending, and its group takes no more
            guarded.close()
            work.close()
        else:
            running.add_done_callback(lambda _: work.close())  # cancelled before it began

    def reported(self, report: StatusReport) -> None:
        """See `EventSink`."""
        for warning in report.warnings:
            log.warning("a toy warns", satellite=self.key, warning=warning)
        numbers = {name: getattr(report, name) for name in REPORT_NUMBERS}
        log.debug("a toy reports", satellite=self.key, **numbers)
        self._vitals = SatelliteVitals(**numbers)
        self.spawn(self._bring_settings(), "settings")
        if self._phrases is not None and report.pack is not None:
            self.spawn(self._phrases.bring(report.pack), "lines")
        self._update.note(report)
        self._stop.note(report)
        self.changed()

    def emergency_called(self, call: EmergencyMessage) -> None:
        """See `EventSink`."""
        self.spawn(self._once("emergency", self._keep_emergency, call), "emergency")

    def was_away(self, report: OfflineReport) -> None:
        """See `EventSink`."""
        self.spawn(self._once("absence", self._keep_absence, report), "absence")

    async def _once(self, what: str, keep: Callable[[T], Awaitable[None]], report: T) -> None:
        if what not in self._keeping:
            self._keeping.add(what)
            try:
                await keep(report)
            finally:
                self._keeping.discard(what)

    async def _keep_emergency(self, call: EmergencyMessage) -> None:
        """All are stopped and the parents told, and only then the satellite may forget it."""
        log.warning("the emergency stop is called at a toy", satellite=self.key, late=call.late)
        try:
            await self._services.on_emergency(self.satellite, call.late)
            await self._acknowledge(call.id)
        except PommaiError as error:
            log.error("can't note an emergency", satellite=self.key, error=str(error))

    async def _keep_absence(self, report: OfflineReport) -> None:
        """On the disk, and only then the satellite may forget it: where it did not learn that, it tells it again."""
        now = self._clock.now()
        began, ended = (now - timedelta(seconds=age) for age in (report.first_s, report.last_s))
        absence = Absence(began, ended, report.lines, report.id)
        others = (other for other in self.satellite.absences if other.number != report.id)
        absences = (absence, *others)[:MAX_ABSENCES]
        try:
            await self._keep(replace(self.satellite, absences=absences))
            await self._acknowledge(report.id)
        except PommaiError as error:
            log.warning("can't note when a toy was away", satellite=self.key, error=str(error))
            return
        log.info("a toy was away", satellite=self.key, lines=report.lines)

    async def _acknowledge(self, number: str) -> None:
        """Raises LinkError."""
        if commands := self.commands:
            await commands.acknowledge(number)

    async def _bring_settings(self) -> None:
        """It said how it is: it gets what holds, if it may not have that."""
        try:
            async with self._settling:
                commands = self.commands
                if commands is not None and not self._has_settings:
                    await self._give_settings(commands, self.satellite.settings)
        except PommaiError as error:
            log.warning("a toy does not take its settings", satellite=self.key, error=str(error))

    async def _give_settings(self, commands: CommandChannel, settings: SatelliteSettings) -> None:
        """A satellite that doesn't answer may have them or not. Raises RefusedError, LinkError."""
        self._has_settings = True
        try:
            await commands.settle(settings)
        except LinkError:
            self._has_settings = False
            raise

    def _linked_session(self) -> Session:
        session = self._session
        if session is None:
            raise LinkError(f"{self.name} is away: is it switched on, and in the house?")
        if self.satellite.certificate and session.commands is None:
            raise LinkError(f"{self.name}'s software is too old for this: run its installer again")
        return session

    def _check_is_paired(self) -> None:
        if not self.satellite.certificate:
            raise RefusedError(
                f"{self.name} is not paired, and only a paired toy takes orders: "
                "it is set where it runs"
            )

    def _check_is_ours(self) -> None:
        if self._released:
            raise NotFoundError(f"{self.name} was released")

    def _secured(self) -> Secured | None:
        certificate = self.satellite.certificate
        if not certificate:
            return None
        return self._services.credentials.for_toy(certificate, self._met_another)

    def _met_another(self, address: Address) -> None:
        """Where it should be, something else answered."""
        if self._sightings.is_alone_at(self.key, address):
            self._tell_of_impostor(address)

    def _tell_of_impostor(self, address: Address) -> None:
        async def tell(address: Address) -> None:
            await self._impostors.met(self.satellite, address)

        self.spawn(self._once("impostor", tell, address), "impostor")

    def _show(self, state: SatelliteState, detail: str) -> None:
        if self._link is not None:
            self._link.show(state, detail)

    def _forget_session(self) -> None:
        self._session = None
        self._vitals = None
        self._has_settings = False
        self._update.parted()

    async def _note(self, satellite: Satellite) -> None:
        """Keep what was learnt of it just now; a toy still talks when the disk is full."""
        try:
            await self._keep(replace(satellite, last_seen=self._clock.now()))
        except DataError as error:
            log.warning("can't note a satellite", satellite=self.key, error=str(error))

    async def _keep(self, satellite: Satellite) -> None:
        """Raises NotFoundError once it was released, DataError."""
        self._check_is_ours()
        self.satellite = satellite
        await self._services.store.satellites.save(satellite)

    async def _guarded(self, work: Coroutine[None, None, None], name: str) -> None:
        try:
            await work
        except Exception:
            # It would end the fleet's task group, and with it the links to all other toys.
            log.exception("something for a toy broke", satellite=self.key, what=name)


def first_of(toys: Sequence[Toy]) -> Toy:
    """Raises NotFoundError when there is none."""
    if not toys:
        raise NotFoundError("there is no toy; add one on the Guardian pages")
    return toys[0]
