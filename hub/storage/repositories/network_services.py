"""The Wyoming services on the home network that a parent approved."""

from functools import partial

from sqlalchemy import Connection, Delete, delete, func, insert, select

from hub.domain.network_services import NetworkService, ServiceKind
from hub.errors import NotFoundError, RefusedError
from hub.events import HouseholdChanged
from hub.storage.database import Repository
from hub.storage.rows import from_row, to_row
from hub.storage.schema import house_services
from hub.translation import gettext as _

MAX_SERVICES = 32
MAX_LISTED = 200
"""Languages and voices that are kept for a look; what a service has now, it says itself."""

Services = list[NetworkService]


class NetworkServiceRepository(Repository):
    async def list(self) -> Services:
        """By name."""
        query = select(house_services).order_by(house_services.c.name, house_services.c.kind)
        return await self._database.rows(query, partial(from_row, NetworkService))

    async def save(self, service: NetworkService) -> None:
        """Add one, or change the one of its kind and name. Raises RefusedError for too many."""
        row = to_row(
            service,
            house_services,
            languages=service.languages[:MAX_LISTED],
            choices=service.choices[:MAX_LISTED],
        )

        def work(connection: Connection) -> None:
            connection.execute(_of(service.kind, service.name))
            count = connection.scalar(select(func.count()).select_from(house_services))
            if count is not None and count >= MAX_SERVICES:
                raise RefusedError(
                    _("there are %(most)s services already: remove one first", most=MAX_SERVICES)
                )
            connection.execute(insert(house_services), row)

        await self._write(work, HouseholdChanged())

    async def remove(self, kind: ServiceKind, name: str) -> None:
        """Raises NotFoundError."""

        def work(connection: Connection) -> None:
            if connection.execute(_of(kind, name)).rowcount == 0:
                raise NotFoundError(_("there is no service called %(name)s", name=name))

        await self._write(work, HouseholdChanged())


def _of(kind: ServiceKind, name: str) -> Delete:
    return delete(house_services).where(
        house_services.c.kind == kind.value, house_services.c.name == name
    )
