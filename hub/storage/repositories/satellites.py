"""The satellites that were seen, adopted or not."""

from sqlalchemy import Connection, delete, select

from hub.domain.toys import Pairing, Satellite
from hub.events import SatellitesChanged
from hub.storage.database import Repository
from hub.storage.rows import Gone, Row, from_row, note_gone, to_row, upsert
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
        gone, now = delete(satellites).where(satellites.c.key == key), self._clock.now()

        def work(connection: Connection) -> int:
            if count := connection.execute(gone).rowcount:
                note_gone(connection, Gone.DEVICE, [key], now)
            return count

        await self._database.write(
            work,
            lambda count: self._bus.publish(SatellitesChanged()) if count else None,
        )


def _from_row(row: Row) -> Satellite:
    certificate = row["certificate"] or b""
    pairing = Pairing.PAIRED if certificate else Pairing.NONE
    return from_row(Satellite, row, certificate=certificate, pairing=pairing)
