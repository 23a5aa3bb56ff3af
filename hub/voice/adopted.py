"""The satellites that the family adopted, as they stand on the disk, and the toy that lives in each."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from hub.domain.clock import Clock
from hub.domain.toys import Satellite, Toy
from hub.errors import DataError, NotFoundError
from hub.storage.store import Store
from hub.voice.names import choose

log = structlog.get_logger()


class Adopted:
    def __init__(self, store: Store, clock: Clock) -> None:
        self.by_key: dict[str, Satellite] = {}
        self._store = store
        self._clock = clock

    async def load(self) -> None:
        for satellite in await self._store.satellites.list():
            if satellite.adopted:
                self.by_key[satellite.key] = satellite

    def find(self, name_or_address: str) -> Satellite:
        """Raises NotFoundError."""
        return choose(name_or_address, self.by_key.values())

    async def add(self, satellite: Satellite) -> None:
        """Another one, or one that is paired anew: ours once that is on the disk. Raises DataError."""
        await self._store.satellites.save(satellite)
        self.by_key[satellite.key] = satellite

    async def forget(self, key: str) -> None:
        """Raises DataError."""
        self.by_key.pop(key, None)
        await self._store.satellites.forget(key)

    async def keep(self, satellite: Satellite) -> None:
        """Raises DataError."""
        self.by_key[satellite.key] = satellite
        await self._store.satellites.save(satellite)

    async def note(self, satellite: Satellite) -> None:
        """Keep what was learnt of a satellite just now; a toy still talks when the disk is full."""
        try:
            await self.keep(replace(satellite, last_seen=self._clock.now()))
        except DataError as error:
            log.warning("can't note a satellite", satellite=satellite.key, error=str(error))

    async def toy_for_another(self) -> Toy:
        """The first toy without a satellite, else the first."""
        toys = await self._toys()
        taken = {satellite.toy_id for satellite in self.by_key.values()}
        return next((toy for toy in toys if toy.id not in taken), toys[0])

    async def toy_of(self, key: str) -> Toy:
        """The satellite's toy as it is now; the first toy when it is gone. Raises NotFoundError."""
        if key not in self.by_key:
            raise NotFoundError(f"{key} was released")
        toy_id = self.by_key[key].toy_id
        toy = await self._store.toys.get(toy_id) if toy_id else None
        return toy or (await self._toys())[0]

    async def _toys(self) -> Sequence[Toy]:
        toys = await self._store.toys.list()
        if not toys:
            raise NotFoundError("there is no toy; add one on the Guardian pages")
        return toys
