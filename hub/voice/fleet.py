"""All satellites of the house: those that are seen, those that the family adopted, and the links to the latter.

`run` looks for satellites and holds the links; `satellites`, `adopt`, `pair` and `release` are for the pages and
commands. Only adopted satellites are ever connected to; an address in the configuration counts as adopted.
One that was paired is only ever spoken to over TLS, and by the certificate that it was paired with.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager

import structlog

from hub.domain.clock import Clock
from hub.domain.toys import Pairing, Satellite, Toy
from hub.events import Bus, SatellitesChanged
from hub.storage.store import Store
from hub.voice.adopted import Adopted
from hub.voice.adoption import Adoption
from hub.voice.care import Care
from hub.voice.credentials import Credentials
from hub.voice.discovery import Discovery
from hub.voice.identity import Address
from hub.voice.impostors import Impostors
from hub.voice.links import Links
from hub.voice.live import Live
from hub.voice.names import configured_address
from hub.voice.news import News
from hub.voice.packs import Packs
from hub.voice.pairing import Pairer
from hub.voice.rooms import Rooms
from hub.voice.sightings import Sightings, by_address
from hub.voice.silence import Silence
from hub.voice.turn import Turns
from hub.voice.updates import Updates
from hub.voice.watch import Watch
from hub.voice.wheel import Wheel, own_wheel
from satellite import wire_opus

log = structlog.get_logger()


class Fleet:
    """`interfaces` and `configured` are the configuration's `[hub] interfaces` and `satellites`."""

    def __init__(
        self,
        store: Store,
        turns: Turns,
        bus: Bus,
        clock: Clock,
        credentials: Credentials,
        *,
        interfaces: tuple[str, ...] = (),
        configured: tuple[str, ...] = (),
        packs: Packs | None = None,
        wheel: Callable[[], Wheel] = own_wheel,
    ) -> None:
        """Without `packs` no toy gets lines for when this hub is away; `wheel` is what they are updated to.

        Raises ConfigError for an address that is none."""
        self._bus = bus
        self._impostors = Impostors(store, clock)
        self._configured = [configured_address(text) for text in configured]
        self._discovery = Discovery(interfaces, clock, self._on_seen)
        self._adopted = Adopted(store, clock)
        self._sightings = Sightings(lambda: self._discovery.seen.values(), self._adopted.by_key)
        self._changing = asyncio.Lock()
        self.rooms = Rooms(self._adopted, lambda key: self._links.sessions.get(key), self._changing)
        self._links = Links(
            self._adopted,
            turns,
            credentials,
            clock,
            heard_by=self.rooms.heard_by,
            told=lambda key: self.news.of(key),
            parted=lambda key: self.news.forget(key),
            met_another=self._met_another,
            met_copy=self._met_copy,
            changed=self._changed,
        )
        self._group: asyncio.TaskGroup | None = None
        self.care = Care(self.find, self._links.sessions.get, self._adopted.keep)
        self.updates = Updates(
            self.find, self._links.sessions.get, self._changed, self._beside_links, clock, wheel
        )
        self._silence = Silence(lambda: turns.stopped, self._links.sessions, self._beside_links)
        self.news: News = News(
            self.care,
            packs,
            self.updates,
            self._silence,
            self.find,
            self._links.sessions.get,
            self._adopted.toy_of,
            self._adopted.keep,
            self._changed,
            self._beside_links,
            clock,
        )
        self._adoption = Adoption(
            self._adopted,
            self._sightings,
            self._links,
            Pairer(credentials, clock),
            self._configured,
            self._changing,
            self._start,
            clock,
        )
        self._live = Live(
            turns, self._links, self._sightings, self._silence, self.news, self.updates, clock
        )

    async def run(self) -> None:
        """Until cancelled."""
        if no_opus := wire_opus.problem():
            log.warning("sound to paired toys goes in PCM, ten times as much", error=no_opus)
        try:
            async with asyncio.TaskGroup() as group:
                async with self._changing:
                    await self._load()
                    self._group = group
                    for satellite in self._adopted.by_key.values():
                        self._start(satellite)
                group.create_task(self._discovery.run(), name="discovery")
        finally:
            self._group = None

    async def _load(self) -> None:
        """What was adopted, now or by the configuration."""
        await self._adopted.load()
        for address in self._configured:
            if not any(
                address in satellite.addresses for satellite in self._adopted.by_key.values()
            ):
                toy = await self._adopted.toy_for_another()
                await self._adopted.keep(by_address(address, toy.id))

    def satellites(self) -> list[Satellite]:
        """Adopted ones with their live state, then those that are only seen, each by name.

        An approved service is announced like a satellite, and is none.
        """
        adopted = [self.live(satellite) for satellite in self._adopted.by_key.values()]
        seen = [s for s in self._sightings.new() if self.rooms.services_at.isdisjoint(s.addresses)]
        return [*sorted(adopted, key=_by_name), *sorted(seen, key=_by_name)]

    def strangers(self) -> list[tuple[Address, ...]]:
        """The addresses of whatever is announced in plain, and neither adopted nor a toy of ours."""
        return [
            found.addresses
            for found in self._sightings.new()
            if found.pairing is Pairing.NONE and not found.key.startswith("id:")
        ]

    async def adopt(self, name_or_address: str, toy: Toy | None = None) -> Satellite:
        """See `Adoption.adopt`."""
        return self.live(await self._adoption.adopt(name_or_address, toy))

    async def pair(self, name_or_address: str, code: str, toy: Toy | None = None) -> Satellite:
        """See `Adoption.pair`."""
        return self.live(await self._adoption.pair(name_or_address, code, toy))

    async def release(self, name_or_address: str) -> Satellite:
        """See `Adoption.release`."""
        released = await self._adoption.release(name_or_address)
        self._changed()
        return released

    def pass_on_stop(self) -> None:
        """The emergency stop was called or lifted: what satellites say by themselves stops, too, or may sound."""
        self._silence.tell_all()

    def find(self, name_or_address: str) -> Satellite:
        """An adopted one. Raises NotFoundError."""
        return self._adopted.find(name_or_address)

    async def toy_of(self, key: str) -> Toy:
        """Who lives in an adopted one. Raises NotFoundError."""
        return await self._adopted.toy_of(key)

    def watch(self, name_or_address: str) -> AbstractContextManager[Watch]:
        """The messages of an adopted satellite's link. Raises NotFoundError, RefusedError."""
        return self._links.watch(self.find(name_or_address))

    def _on_seen(self, key: str) -> None:
        seen, link = self._sightings.by_key().get(key), self._links.get(key)
        if seen is not None and link is not None:
            link.announced(seen.addresses, seen.boot_id)
        paired = self._adopted.by_key.get(key)
        if paired is not None and paired.certificate:
            for address in self._sightings.clones(paired):
                self._beside_links(self._impostors.met(paired, address), "impostor")
        self._changed()

    def _met_another(self, key: str, address: Address) -> None:
        if self._sightings.is_alone_at(key, address):
            met = self._impostors.met(self._adopted.by_key[key], address)
            self._beside_links(met, "impostor")

    def _met_copy(self, key: str, address: Address) -> None:
        self._beside_links(self._impostors.met_copy(self._adopted.by_key[key], address), "copy")

    def _start(self, satellite: Satellite) -> None:
        """Nothing is linked before `run`."""
        if self._group is not None:
            self._links.start(satellite, self._group)
            self._on_seen(satellite.key)

    def _changed(self) -> None:
        self._bus.publish(SatellitesChanged())

    def _beside_links(self, work: Coroutine[None, None, None], name: str) -> None:
        if self._group is None:
            work.close()
        else:
            self._group.create_task(work, name=name)

    def live(self, satellite: Satellite) -> Satellite:
        """An adopted one with its state of now."""
        return self._live.of(satellite)


def _by_name(satellite: Satellite) -> str:
    return satellite.name.casefold()
