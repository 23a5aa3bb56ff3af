"""The grown-ups who are told of alerts; their addresses are encrypted on the disk."""

from typing import Any

import structlog
from sqlalchemy import Connection, delete, func, select

from hub.domain.household import Adult
from hub.domain.safety import AlertLevel
from hub.errors import DataError, NotFoundError
from hub.events import Bus, HouseholdChanged
from hub.storage.database import Database
from hub.storage.rows import Row, entered, entered_name
from hub.storage.schema import adults
from hub.storage.secrets import SecretBox
from hub.storage.upsert import upsert

ADULTS_MAX = 20
URL_MAX = 2000

Adults = list[Adult]

log = structlog.get_logger()


class AdultRepository:
    def __init__(self, database: Database, bus: Bus, secrets: SecretBox) -> None:
        self._database = database
        self._bus = bus
        self._secrets = secrets

    async def list(self) -> Adults:
        """All of them, by name."""
        query = select(adults).order_by(adults.c.name, adults.c.id)
        return await self._database.read(
            lambda connection: [self._from_row(row) for row in connection.execute(query).mappings()]
        )

    async def get(self, adult_id: str) -> Adult:
        """Raises NotFoundError."""
        query = select(adults).where(adults.c.id == adult_id)

        def work(connection: Connection) -> Adult:
            row = connection.execute(query).mappings().first()
            if row is None:
                raise NotFoundError(f"there is no adult with the id {adult_id}")
            return self._from_row(row)

        return await self._database.read(work)

    async def save(self, adult: Adult) -> None:
        """Add or change one. An empty `url` keeps the address that is there."""
        row: dict[str, Any] = {
            "id": adult.id,
            "name": entered_name(adult.name, "an adult's name"),
            "least_level": adult.least_level and adult.least_level.value,
            "gets_disclosures": adult.gets_disclosures,
        }
        url = entered(adult.url, "the address", URL_MAX)

        def work(connection: Connection) -> None:
            others = select(func.count()).select_from(adults).where(adults.c.id != adult.id)
            if connection.scalar(others) >= ADULTS_MAX:  # type: ignore[operator]  # a count is never NULL
                raise DataError(f"there are {ADULTS_MAX} adults already; remove one first")
            kept = connection.scalar(select(adults.c.sealed_url).where(adults.c.id == adult.id))
            sealed = self._secrets.seal(url) if url or kept is None else kept
            upsert(connection, adults.c.id, row | {"sealed_url": sealed})

        await self._database.write(work, lambda _: self._bus.publish(HouseholdChanged()))

    async def remove(self, adult_id: str) -> None:
        """Nothing more is sent to them; what was sent stays known."""
        gone = delete(adults).where(adults.c.id == adult_id)

        def work(connection: Connection) -> None:
            if connection.execute(gone).rowcount == 0:
                raise NotFoundError(f"there is no adult with the id {adult_id}")

        await self._database.write(work, lambda _: self._bus.publish(HouseholdChanged()))

    def _from_row(self, row: Row) -> Adult:
        try:
            url = self._secrets.open(row["sealed_url"])
        except DataError as error:
            log.warning("an adult's address can't be read", adult=row["id"], error=str(error))
            url = ""
        level = row["least_level"]
        return Adult(
            id=row["id"],
            name=row["name"],
            url=url,
            least_level=None if level is None else AlertLevel(level),
            gets_disclosures=row["gets_disclosures"],
        )
