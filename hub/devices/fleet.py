"""All satellites of the household: a `Device` for each that the family adopted, and those that are only seen.

`run` looks for satellites and holds the links. Only adopted satellites are ever connected to; an address in the
configuration counts as adopted. One that was paired is only ever spoken to over TLS, and by the certificate that it
was paired with.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import structlog

from hub.devices.connection import dial
from hub.devices.device import Device, DeviceServices
from hub.devices.discovery import Discovery
from hub.devices.identity import Address
from hub.devices.pairing.pairer import Pairer
from hub.devices.phrases import PhraseMaker
from hub.devices.sightings import Sightings, by_address, choose, configured_address, is_meant, meant
from hub.devices.updates import OwnSoftware
from hub.domain.network_services import NetworkService
from hub.domain.toys import ANY_VOICE, Pairing, Satellite, SatelliteState, Toy
from hub.errors import LinkError, NotFoundError, RefusedError
from hub.events import EmergencyStopChanged, Missed, SatellitesChanged
from hub.translation import gettext as _
from satellite.wire import opus as wire_opus

log = structlog.get_logger()

PAIR_IT = "pommai-hub toys pair NAME CODE, or the Guardian pages"
NOT_TOLD = "the toy was not there to be told: hold its button before it can be paired again"


class Fleet(Mapping[str, Device]):
    """The devices by their satellites' keys. Who is adopted, paired or released is so one after the other."""

    def __init__(
        self,
        services: DeviceServices,
        *,
        interfaces: tuple[str, ...] = (),
        configured: tuple[str, ...] = (),
        phrases: PhraseMaker | None = None,
        software: OwnSoftware | None = None,
    ) -> None:
        """`interfaces` and `configured` are the configuration's `[hub] interfaces` and `satellites`; `phrases` and
        `software` as for `Device`. Raises ConfigError for an address that is none."""
        self._services = services
        self._configured = [configured_address(text) for text in configured]
        self._devices: dict[str, Device] = {}
        self.discovery = Discovery(interfaces, services.clock, self._on_seen, self._devices)
        self._sightings = Sightings(self.discovery.seen)
        self._pairer = Pairer(services.credentials, services.clock)
        self._phrases = phrases
        self._software = software or OwnSoftware()
        self._changing = asyncio.Lock()
        self._group: asyncio.TaskGroup | None = None

    def __getitem__(self, key: str) -> Device:
        return self._devices[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._devices)

    def __len__(self) -> int:
        return len(self._devices)

    def find(self, name_or_address: str) -> Device:
        """By name, zeroconf name, key, or host:port. Raises NotFoundError, or RefusedError for two."""
        return self[choose(name_or_address, self._adopted().values()).key]

    @property
    def is_running(self) -> bool:
        return self._group is not None

    async def run(self) -> None:
        """Until cancelled."""
        if no_opus := wire_opus.problem():
            log.info("sound to paired toys goes in PCM, ten times as much", error=no_opus)
        try:
            with self._services.bus.subscribe() as changes:
                async with asyncio.TaskGroup() as group:
                    async with self._changing:
                        await self._load()
                        self._group = group
                        for device in self.values():
                            self._start(device)
                    group.create_task(self.discovery.run(), name="discovery")
                    async for event in changes:
                        if isinstance(event, EmergencyStopChanged | Missed):
                            self.pass_on_stop()
        finally:
            self._group = None

    def satellites(self) -> list[Satellite]:
        """Adopted ones with their state of now, then those that are only seen, each by name."""
        adopted = [device.status() for device in self.values()]
        seen = self._sightings.strangers(self._adopted())
        return [*sorted(adopted, key=_by_name), *sorted(seen, key=_by_name)]

    def strangers(self) -> list[tuple[Address, ...]]:
        """The addresses of whatever is announced in plain, and neither adopted nor a toy of ours."""
        return [
            found.addresses
            for found in self._sightings.anybody(self._adopted())
            if found.pairing is Pairing.NONE and not found.key.startswith("id:")
        ]

    async def take_in(self, services: Collection[NetworkService]) -> None:
        """These are the approved services: those that wait for a wake word may hear rooms. Holds at once."""
        before = [(device, device.room.listener) for device in self.values()]
        self._sightings.approve(services)
        for device, listener in before:
            if device.room.listener != listener:
                await device.room.ask_anew()

    def pass_on_stop(self) -> None:
        """The emergency stop was called or lifted: what satellites say by themselves stops, too, or may sound."""
        for device in self.values():
            device.pass_on_stop()

    async def adopt(self, name_or_address: str, toy: Toy | None = None) -> Satellite:
        """Make a plain satellite ours, as `toy`; by default as the first toy without one, or the first.

        Who adopts one that sends its room's sound all the time lets any voice there begin a talk, as they
        are told where they do it; `Device.hear_room` is for another choice.

        `name_or_address` is its name, zeroconf name, key, or host:port. Raises NotFoundError when
        it isn't seen, RefusedError when it is ours already or must be paired, LinkError when it
        doesn't answer.
        """
        async with self._changing:
            found = self._adoptable(name_or_address)
            if found.pairing is not Pairing.NONE:
                raise RefusedError(
                    _(
                        "%(name)s is paired with the code that it says: %(pair_it)s",
                        name=found.name,
                        pair_it=PAIR_IT,
                    )
                )
            if toy is None:
                toy = await self._toy_for_another()
            try:
                connection = await dial(
                    found.addresses, self._services.clock, lambda who: who.objection(found)
                )
            except LinkError as error:
                if found.key.startswith("host:"):  # nothing announces it, so it may be one of ours
                    raise LinkError(
                        _(
                            "%(error)s; if it says a code, pair it: %(pair_it)s",
                            error=error,
                            pair_it=PAIR_IT,
                        )
                    ) from error
                raise
            await connection.aclose()
            satellite = replace(
                connection.identity.introduce(found, connection.address),
                adopted=True,
                toy_id=toy.id,
                last_seen=self._services.clock.now(),
                room_heard_by=ANY_VOICE,
            )
            await self._services.store.satellites.save(satellite)
            log.info("adopted", satellite=satellite.key, toy=toy.name)
            return self._begin(satellite).status()

    async def pair(self, name_or_address: str, code: str, toy: Toy | None = None) -> Satellite:
        """Make a satellite of ours known to this hub and to no other, by the code that it speaks.

        `toy` as in `adopt`; one that was adopted before keeps its own. Raises NotFoundError, RefusedError with
        what to do, and LinkError.
        """
        async with self._changing:
            found = self._pairable(name_or_address)
            known = self.get(found.key)
            if found.certificate and known and known.link and known.link.in_charge:
                raise RefusedError(_("%(name)s is paired already", name=found.name))
            toy_id = toy.id if toy else found.toy_id or (await self._toy_for_another()).id

            def objection(stranger: Satellite) -> str | None:
                before = self.get(stranger.key)
                if before is None or stranger.key == found.key:
                    return None
                if before.satellite.certificate == stranger.certificate:
                    return None
                return f"it calls itself {before.name}, which is adopted: release that"

            paired = await self._pairer.pair(found, code, objection)
            now = self._services.clock.now()
            satellite = replace(paired, adopted=True, toy_id=toy_id, last_seen=now)
            try:
                await self._services.store.satellites.save(satellite)
            except BaseException:  # the toy must not wait for a hub that does not know it
                await self._pairer.unpair(satellite)
                raise
            if before := self.get(satellite.key):
                await before.stop()
            log.info("paired", satellite=satellite.key)
            return self._begin(satellite).status()

    async def release(self, name_or_address: str) -> Satellite:
        """Let go of an adopted satellite; a paired one is told to forget this hub, if it is there.

        Raises NotFoundError, RefusedError.
        """
        async with self._changing:
            device = self.find(name_or_address)
            if any(address in device.satellite.addresses for address in self._configured):
                raise RefusedError(
                    _(
                        "%(name)s stands in the configuration, [hub] satellites: remove it there",
                        name=device.name,
                    )
                )
            del self._devices[device.key]
            await device.release()
            satellite = device.satellite
            addresses = self._sightings.whereabouts(satellite)
            told = await self._pairer.unpair(replace(satellite, addresses=addresses))
            await self._services.store.satellites.forget(satellite.key)
            log.info("released", satellite=satellite.key, told=told)
        self._services.bus.publish(SatellitesChanged())
        return replace(
            satellite,
            adopted=False,
            state=SatelliteState.FOUND,
            state_detail="" if told else NOT_TOLD,
            pairing=Pairing.CLOSED if satellite.certificate else Pairing.NONE,
            certificate=b"",
        )

    async def _load(self) -> None:
        """What was adopted, before or by the configuration."""
        for satellite in await self._services.store.satellites.list():
            if satellite.adopted:
                self._add(satellite)
        for address in self._configured:
            if not any(address in device.satellite.addresses for device in self.values()):
                toy = await self._toy_for_another()
                satellite = by_address(address, toy.id)
                await self._services.store.satellites.save(satellite)
                self._add(satellite)

    def _add(self, satellite: Satellite) -> Device:
        device = self._devices.get(satellite.key)
        if device is None:
            device = Device(
                satellite, self._services, self._sightings, self._phrases, self._software
            )
            self._devices[satellite.key] = device
        device.satellite = satellite
        return device

    def _begin(self, satellite: Satellite) -> Device:
        """One that is on the disk is ours, and linked."""
        device = self._add(satellite)
        self._start(device)
        return device

    def _start(self, device: Device) -> None:
        """Nothing is linked before `run`."""
        if self._group is not None:
            device.start(self._group)
            device.changed()

    def _on_seen(self, key: str) -> None:
        if device := self.get(key):
            device.announced()
        self._services.bus.publish(SatellitesChanged())

    def _adopted(self) -> dict[str, Satellite]:
        return {device.key: device.satellite for device in self.values()}

    async def _toy_for_another(self) -> Toy:
        """The first toy without a satellite, else the first. Raises NotFoundError."""
        toys = await self._services.store.toys.list()
        if not toys:
            raise NotFoundError("there is no toy; add one on the Guardian pages")
        taken = {device.satellite.toy_id for device in self.values()}
        return next((toy for toy in toys if toy.id not in taken), toys[0])

    def _adoptable(self, text: str) -> Satellite:
        """What the person means. Raises NotFoundError, or RefusedError for one that is ours."""
        for device in self.values():
            if is_meant(text, device.satellite):
                raise RefusedError(_("%(name)s is adopted already", name=device.name))
        return meant(text, self._sightings.anybody(self._adopted()))

    def _pairable(self, text: str) -> Satellite:
        """The same, with where it is now; it may be one of ours that is to be paired anew."""
        adopted = self._adopted()
        ours = [
            replace(satellite, addresses=self._sightings.whereabouts(satellite))
            for satellite in adopted.values()
        ]
        satellite = meant(text, [*ours, *self._sightings.anybody(adopted)])
        seen = self._sightings.of(satellite)
        if seen is not None and seen.pairing is Pairing.NONE:
            raise RefusedError(
                _("%(name)s is a plain satellite, which can't pair: adopt it", name=satellite.name)
            )
        return satellite


def _by_name(satellite: Satellite) -> str:
    return satellite.name.casefold()
