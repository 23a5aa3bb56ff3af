"""The Wyoming services on the home network that a parent approved."""

from sqlalchemy import Connection, Delete, delete, func, insert, select

from hub.domain.limits import MAX_DESCRIPTION_CHARS
from hub.domain.network_services import NetworkService, ServiceKind
from hub.errors import DataError, NotFoundError
from hub.events import Bus, HouseholdChanged
from hub.storage.database import Database
from hub.storage.entries import Row, cut
from hub.storage.schema import house_services

MAX_SERVICES = 32
MAX_LISTED = 200
"""Languages and voices that are kept for a look; what a service has now, it says itself."""

Services = list[NetworkService]


class NetworkServiceRepository:
    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    async def list(self) -> Services:
        """By name."""
        query = select(house_services).order_by(house_services.c.name, house_services.c.kind)
        return await self._database.rows(query, _from_row)

    async def save(self, service: NetworkService) -> None:
        """Add one, or change the one of its kind and name. Raises DataError for too many."""

        def work(connection: Connection) -> None:
            connection.execute(_of(service.kind, service.name))
            count = connection.scalar(select(func.count()).select_from(house_services))
            if count is not None and count >= MAX_SERVICES:
                raise DataError(f"there are {MAX_SERVICES} services already: remove one first")
            connection.execute(insert(house_services), _to_row(service))

        await self._database.write(work, lambda _: self._bus.publish(HouseholdChanged()))

    async def remove(self, kind: ServiceKind, name: str) -> None:
        """Raises NotFoundError."""

        def work(connection: Connection) -> None:
            if connection.execute(_of(kind, name)).rowcount == 0:
                raise NotFoundError(f"there is no service called {name}")

        await self._database.write(work, lambda _: self._bus.publish(HouseholdChanged()))


def _of(kind: ServiceKind, name: str) -> Delete:
    return delete(house_services).where(
        house_services.c.kind == kind.value, house_services.c.name == name
    )


def _to_row(service: NetworkService) -> dict[str, object]:
    return {
        "kind": service.kind.value,
        "name": service.name,
        "program": cut(service.program, MAX_DESCRIPTION_CHARS),
        "host": cut(service.host, MAX_DESCRIPTION_CHARS),
        "port": service.port,
        "version": cut(service.version, MAX_DESCRIPTION_CHARS),
        "languages": list(service.languages[:MAX_LISTED]),
        "choices": list(service.choices[:MAX_LISTED]),
    }


def _from_row(row: Row) -> NetworkService:
    return NetworkService(
        kind=ServiceKind(row["kind"]),
        program=row["program"],
        host=row["host"],
        port=row["port"],
        version=row["version"],
        languages=tuple(row["languages"]),
        choices=tuple(row["choices"]),
        name=row["name"],
    )
