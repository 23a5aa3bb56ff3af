"""Who listens to the rooms of satellites that stream all the time: a parent's choice for each, kept with it."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace

from hub.domain.house_services import HouseService, ServiceKind
from hub.domain.toys import ANY_VOICE, Satellite
from hub.errors import LinkError, RefusedError
from hub.voice.adopted import Adopted
from hub.voice.identity import Address
from hub.voice.session import Session


class Rooms:
    def __init__(
        self,
        adopted: Adopted,
        session: Callable[[str], Session | None],
        changing: asyncio.Lock,
    ) -> None:
        """`session` gives that of a linked satellite by its key; `changing` is held by who changes the adopted."""
        self.services_at: set[Address] = set()
        """Where the house's approved services are, which announce themselves as satellites do."""
        self._adopted = adopted
        self._session = session
        self._changing = changing
        self._wake_services: dict[str, HouseService] = {}

    async def take_in(self, services: Collection[HouseService]) -> None:
        """These are the approved services: those that wait for a wake word may hear rooms. Holds at once."""
        before = {key: self.heard_by(key) for key in self._adopted.by_key}
        self.services_at = {(service.host, service.port) for service in services}
        self._wake_services = {
            service.name: service for service in services if service.kind is ServiceKind.WAKE
        }
        for key, by in before.items():
            if self.heard_by(key) != by:
                await self._ask_anew(key)

    def heard_by(self, key: str) -> HouseService | str:
        """As `HeardBy`; a service that is approved no more hears nothing."""
        satellite = self._adopted.by_key.get(key)
        by = satellite.room_heard_by if satellite else ""
        return by if by == ANY_VOICE else self._wake_services.get(by, "")

    async def choose(self, name_or_address: str, by: str) -> Satellite:
        """For a plain satellite; `by` is as `Satellite.room_heard_by`. Holds at once.

        Raises NotFoundError, RefusedError for a service that isn't approved, DataError.
        """
        async with self._changing:
            satellite = self._adopted.find(name_or_address)
            if satellite.certificate:
                raise RefusedError(f"{satellite.name} is paired, and never streams all the time")
            if by not in ("", ANY_VOICE, *self._wake_services):
                raise RefusedError(f"{by} is no approved wake word service: look at the services")
            await self._adopted.keep(replace(satellite, room_heard_by=by))
        await self._ask_anew(satellite.key)
        return self._adopted.find(satellite.key)

    async def _ask_anew(self, key: str) -> None:
        if session := self._session(key):
            with suppress(LinkError):  # it asks anew when it is back
                await session.ask_anew()
