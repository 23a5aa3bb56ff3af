"""Small settings that are kept as text by a key: the hub's own id, and what it offers on the network."""

import ipaddress
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import select

from hub.domain.api import LanAccess, WyomingServerSettings
from hub.domain.family.first_hour import SetupProgress
from hub.domain.household import CloudAccess
from hub.domain.limits import MAX_ALLOWED, MAX_INTERFACES, MAX_NAME_CHARS
from hub.domain.talks.kept import Retention
from hub.errors import DataError
from hub.events import Bus, HouseholdChanged
from hub.storage.database import Repository
from hub.storage.rows import from_row, upsert
from hub.storage.schema import meta
from hub.translation import gettext as _

MAX_VALUE_CHARS = 10_000

MAX_SERVICES = 30
MAX_SERVICE_CHARS = 200
"""What a guardian agreed to, so that it fits in MAX_VALUE_CHARS."""

_HUB_ID = "hub_id"

S = TypeVar("S", bound=CloudAccess | LanAccess | Retention | SetupProgress | WyomingServerSettings)


class MetaRepository(Repository):
    """Texts by key."""

    async def get(self, key: str) -> str | None:
        query = select(meta.c.value).where(meta.c.key == key)
        return await self._database.read(lambda connection: connection.scalar(query))

    async def set(self, key: str, value: str) -> None:
        if len(value) > MAX_VALUE_CHARS:
            raise DataError(
                _(
                    "%(key)s has %(number)s characters; at most %(most)s fit",
                    key=key,
                    number=len(value),
                    most=MAX_VALUE_CHARS,
                )
            )
        row = {"key": key, "value": value}
        await self._database.write(lambda connection: upsert(connection, meta.c.key, row))

    async def hub_id(self) -> str:
        """What tells this hub from others on the network; made once."""
        kept = await self.get(_HUB_ID)
        if kept is None:
            kept = uuid.uuid4().hex
            await self.set(_HUB_ID, kept)
        return kept


class SettingsRepository(Generic[S]):
    """What a parent set under one key; `default` until then. `checked` is asked before it is kept."""

    def __init__(
        self, meta: MetaRepository, bus: Bus, key: str, default: S, checked: Callable[[S], S]
    ) -> None:
        self._meta = meta
        self._bus = bus
        self._key = key
        self._default = default
        self._checked = checked

    async def get(self) -> S:
        kept = await self._meta.get(self._key)
        return self._default if kept is None else from_row(type(self._default), json.loads(kept))

    async def save(self, settings: S) -> S:
        """Gives what is kept. Raises DataError for what can't be."""
        settings = self._checked(settings)
        await self._meta.set(self._key, json.dumps(asdict(settings), default=datetime.isoformat))
        self._bus.publish(HouseholdChanged())
        return settings


def checked_lan(settings: LanAccess) -> LanAccess:
    """Raises DataError for what is no list of networks."""
    _check_interfaces(settings.on, settings.interfaces)
    return settings


def checked_clouds(access: CloudAccess) -> CloudAccess:
    """Long lists are shortened: they are for people to read again."""
    return replace(
        access, allowed=tuple(line[:MAX_SERVICE_CHARS] for line in access.allowed[:MAX_SERVICES])
    )


def checked_wyoming(settings: WyomingServerSettings) -> WyomingServerSettings:
    """Addresses come back in their usual form. Raises DataError for one that is none."""
    _check_interfaces(settings.on, settings.interfaces)
    if len(settings.allowed) > MAX_ALLOWED:
        raise DataError(
            _("at most %(most)s addresses can be allowed; a network is one", most=MAX_ALLOWED)
        )
    return replace(settings, allowed=tuple(map(_usual, settings.allowed)))


def _check_interfaces(on: bool, interfaces: Sequence[str]) -> None:
    """Raises DataError for what can't be names of interfaces, or none where there must be one."""
    if len(interfaces) > MAX_INTERFACES or any(len(name) > MAX_NAME_CHARS for name in interfaces):
        raise DataError(_("that is no list of this machine's network interfaces"))
    if on and not interfaces:
        raise DataError(_("choose at least one network on which the hub can be reached"))


def _usual(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise DataError(
            _(
                "%(address)s is no address: use one such as 192.168.1.20, or a network such as 192.168.1.0/24",
                address=repr(text[:MAX_NAME_CHARS]),
            )
        ) from error
    return str(network[0]) if network.num_addresses == 1 else str(network)
