"""The Wyoming services in the house that a parent approved."""

from sqlalchemy import Connection, Delete, delete, func, insert, select

from hub.domain.house_services import HouseService, ServiceKind
from hub.errors import DataError, NotFoundError
from hub.events import Bus, HouseholdChanged
from hub.storage.database import Database
from hub.storage.rows import DESCRIPTION_MAX, Row, cut
from hub.storage.schema import house_services

SERVICES_MAX = 32
LISTED_MAX = 200
"""Languages and voices that are kept for a look; what a service has now, it says itself."""

Services = list[HouseService]


class HouseServiceRepository:
    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    async def list(self) -> Services:
        """By name."""
        query = select(house_services).order_by(house_services.c.name, house_services.c.kind)
        return await self._database.read(
            lambda connection: [_from_row(row) for row in connection.execute(query).mappings()]
        )

    async def save(self, service: HouseService) -> None:
        """Add one, or change the one of its kind and name. Raises DataError for too many."""

        def work(connection: Connection) -> None:
            connection.execute(_of(service.kind, service.name))
            count = connection.scalar(select(func.count()).select_from(house_services))
            if count is not None and count >= SERVICES_MAX:
                raise DataError(f"there are {SERVICES_MAX} services already: remove one first")
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


def _to_row(service: HouseService) -> dict[str, object]:
    return {
        "kind": service.kind.value,
        "name": service.name,
        "program": cut(service.program, DESCRIPTION_MAX),
        "host": cut(service.host, DESCRIPTION_MAX),
        "port": service.port,
        "version": cut(service.version, DESCRIPTION_MAX),
        "languages": list(service.languages[:LISTED_MAX]),
        "choices": list(service.choices[:LISTED_MAX]),
    }


def _from_row(row: Row) -> HouseService:
    return HouseService(
        kind=ServiceKind(row["kind"]),
        program=row["program"],
        host=row["host"],
        port=row["port"],
        version=row["version"],
        languages=tuple(row["languages"]),
        choices=tuple(row["choices"]),
        name=row["name"],
    )
