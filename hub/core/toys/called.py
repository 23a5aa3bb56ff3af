"""Lets a toy move into the device in which a child called for it, once the turn in which it did has ended."""

from collections.abc import Mapping
from typing import Protocol

import structlog

from hub.activities.calling.activity import Call, CallingToys
from hub.domain.toys import Satellite, Toy
from hub.errors import PommaiError
from hub.storage.store import Store

log = structlog.get_logger()


class Home(Protocol):
    """What is needed of a `Device`."""

    @property
    def satellite(self) -> Satellite: ...

    async def move(self, toy: Toy) -> object: ...


class CalledToys:
    def __init__(self, calling: CallingToys, devices: Mapping[str, Home], store: Store) -> None:
        self._calling = calling
        self._devices = devices
        self._toys = store.toys

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            call = await self._calling.ended.get()
            try:
                await self._move(call)
            except PommaiError as error:
                log.error("a toy that was called does not come", error=str(error))

    async def _move(self, call: Call) -> None:
        """Not where a parent changed their mind, or who lives there, meanwhile. Raises NotFoundError, DataError."""
        device, toy = self._devices.get(call.satellite_key), await self._toys.get(call.toy_id)
        if device is None or toy is None:
            return
        home = device.satellite
        if home.toy_id == call.by_toy_id and toy.id in home.callable_toys:
            await device.move(toy)
            log.info("a child called for a toy", satellite=home.key, toy=toy.id)
