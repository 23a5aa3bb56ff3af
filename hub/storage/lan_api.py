"""A parent's choice of where the API can be reached."""

import json
from dataclasses import asdict
from typing import Final

from hub.domain.api import LanApi
from hub.events import Bus, HouseholdChanged
from hub.storage.meta import MetaRepository
from hub.storage.wyoming_services import check_interfaces

_KEY: Final = "lan_api"


class LanApiRepository:
    def __init__(self, meta: MetaRepository, bus: Bus) -> None:
        self._meta = meta
        self._bus = bus

    async def get(self) -> LanApi:
        kept = await self._meta.get(_KEY)
        if kept is None:
            return LanApi()
        row = json.loads(kept)
        return LanApi(row["on"], tuple(row["interfaces"]))

    async def save(self, settings: LanApi) -> LanApi:
        """Raises DataError for what is no list of networks."""
        check_interfaces(settings.on, settings.interfaces)
        await self._meta.set(_KEY, json.dumps(asdict(settings)))
        self._bus.publish(HouseholdChanged())
        return settings
