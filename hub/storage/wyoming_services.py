"""A parent's settings of the Wyoming services."""

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Final

from hub.domain.wyoming_services import WyomingServices
from hub.errors import DataError
from hub.events import Bus, HouseholdChanged
from hub.storage.meta import MetaRepository
from hub.storage.rows import NAME_MAX

INTERFACES_MAX: Final = 16
ALLOWED_MAX: Final = 32

_KEY: Final = "wyoming_services"


class WyomingServicesRepository:
    def __init__(self, meta: MetaRepository, bus: Bus) -> None:
        self._meta = meta
        self._bus = bus

    async def get(self) -> WyomingServices:
        kept = await self._meta.get(_KEY)
        if kept is None:
            return WyomingServices()
        row = json.loads(kept)
        return WyomingServices(row["on"], tuple(row["interfaces"]), tuple(row["allowed"]))

    async def save(self, settings: WyomingServices) -> WyomingServices:
        """Addresses come back in their usual form. Raises DataError for one that is none."""
        check_interfaces(settings.on, settings.interfaces)
        if len(settings.allowed) > ALLOWED_MAX:
            raise DataError(f"at most {ALLOWED_MAX} addresses can be allowed; a network is one")
        settings = replace(settings, allowed=tuple(map(_usual, settings.allowed)))
        await self._meta.set(_KEY, json.dumps(asdict(settings)))
        self._bus.publish(HouseholdChanged())
        return settings


def check_interfaces(on: bool, interfaces: Sequence[str]) -> None:
    """Raises DataError for what can't be names of interfaces, or none where there must be one."""
    if len(interfaces) > INTERFACES_MAX or any(len(name) > NAME_MAX for name in interfaces):
        raise DataError("that is no list of this machine's network interfaces")
    if on and not interfaces:
        raise DataError("choose at least one network on which the hub can be reached")


def _usual(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise DataError(
            f"{text[:NAME_MAX]!r} is no address: use one such as 192.168.1.20, or a network such as 192.168.1.0/24"
        ) from error
    return str(network[0]) if network.num_addresses == 1 else str(network)
