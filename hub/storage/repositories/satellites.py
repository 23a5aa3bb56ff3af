"""The satellites that were seen, adopted or not."""

from sqlalchemy import delete, select

from hub.domain.toys import Pairing, Satellite
from hub.events import SatellitesChanged
from hub.storage.database import Repository
from hub.storage.rows import Row, from_row, to_row, upsert
from hub.storage.schema import satellites

MAX_ADDRESSES = 16
MAX_ABSENCES = 10


class SatelliteRepository(Repository):
    async def list(self) -> list[Satellite]:
        """All satellites, by name."""
        query = select(satellites).order_by(satellites.c.name, satellites.c.key)
        return await self._database.rows(query, _from_row)

    async def get(self, key: str) -> Satellite | None:
        query = select(satellites).where(satellites.c.key == key)
        return await self._database.row(query, _from_row)

    async def save(self, satellite: Satellite) -> Satellite:
        """Add or change a satellite."""
        row = to_row(
            satellite,
            satellites,
            addresses=satellite.addresses[:MAX_ADDRESSES],
            certificate=satellite.certificate or None,
            absences=satellite.absences[:MAX_ABSENCES],
        )
        await self._write(
            lambda connection: upsert(connection, satellites.c.key, row), SatellitesChanged()
        )
        return _from_row(row)

    async def forget(self, key: str) -> None:
        """Remove it; what was said through it stays."""
        gone = delete(satellites).where(satellites.c.key == key)
        await self._database.write(
            lambda connection: connection.execute(gone).rowcount,
            lambda count: self._bus.publish(SatellitesChanged()) if count else None,
        )


def _from_row(row: Row) -> Satellite:
    certificate = row["certificate"] or b""
    pairing = Pairing.PAIRED if certificate else Pairing.NONE
    return from_row(Satellite, row, certificate=certificate, pairing=pairing)
