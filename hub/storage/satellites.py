"""The satellites that were seen, adopted or not."""

from sqlalchemy import delete, select

from hub.domain.toys import Satellite
from hub.events import Bus, SatellitesChanged
from hub.storage.database import Database
from hub.storage.satellite_rows import satellite_from_row, satellite_to_row
from hub.storage.schema import satellites
from hub.storage.upsert import upsert


class SatelliteRepository:
    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    async def list(self) -> list[Satellite]:
        """All satellites, by name."""
        query = select(satellites).order_by(satellites.c.name, satellites.c.key)
        return await self._database.read(
            lambda c: [satellite_from_row(row) for row in c.execute(query).mappings()]
        )

    async def get(self, key: str) -> Satellite | None:
        query = select(satellites).where(satellites.c.key == key)
        row = await self._database.read(lambda c: c.execute(query).mappings().first())
        return None if row is None else satellite_from_row(row)

    async def save(self, satellite: Satellite) -> Satellite:
        """Add or change a satellite."""
        row = satellite_to_row(satellite)
        await self._database.write(
            lambda connection: upsert(connection, satellites.c.key, row),
            lambda _: self._bus.publish(SatellitesChanged()),
        )
        return satellite_from_row(row)

    async def forget(self, key: str) -> None:
        """Remove it; what was said through it stays."""
        gone = delete(satellites).where(satellites.c.key == key)
        await self._database.write(
            lambda connection: connection.execute(gone).rowcount,
            lambda count: self._bus.publish(SatellitesChanged()) if count else None,
        )
