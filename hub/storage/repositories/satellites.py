"""The satellites that were seen, adopted or not."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from hub.domain.limits import MAX_DESCRIPTION_CHARS
from hub.domain.toys import Absence, Pairing, Satellite, SatelliteSettings, SatelliteState, Wake
from hub.events import Bus, SatellitesChanged
from hub.storage.database import Database
from hub.storage.entries import MAX_DETAIL_CHARS, Row, cut, upsert
from hub.storage.schema import satellites

MAX_ADDRESSES = 16
MAX_ABSENCES = 10


class SatelliteRepository:
    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    async def list(self) -> list[Satellite]:
        """All satellites, by name."""
        query = select(satellites).order_by(satellites.c.name, satellites.c.key)
        return await self._database.rows(query, satellite_from_row)

    async def get(self, key: str) -> Satellite | None:
        query = select(satellites).where(satellites.c.key == key)
        return await self._database.row(query, satellite_from_row)

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


def satellite_to_row(satellite: Satellite) -> dict[str, Any]:
    return {
        "key": satellite.key,
        "name": cut(satellite.name, MAX_DESCRIPTION_CHARS),
        "addresses": [list(address) for address in satellite.addresses[:MAX_ADDRESSES]],
        "hardware": cut(satellite.hardware, MAX_DESCRIPTION_CHARS),
        "firmware": cut(satellite.firmware, MAX_DESCRIPTION_CHARS),
        "boot_id": cut(satellite.boot_id, MAX_DESCRIPTION_CHARS),
        "state": satellite.state.value,
        "state_detail": cut(satellite.state_detail, MAX_DETAIL_CHARS),
        "adopted": satellite.adopted,
        "toy_id": satellite.toy_id,
        "last_seen": satellite.last_seen,
        "certificate": satellite.certificate or None,
        "settings": asdict(satellite.settings),
        "absences": [
            {
                "began_at": absence.began_at.isoformat(),
                "ended_at": absence.ended_at.isoformat(),
                "lines": absence.lines,
                "number": absence.number,
            }
            for absence in satellite.absences[:MAX_ABSENCES]
        ],
        "room_heard_by": cut(satellite.room_heard_by, MAX_DESCRIPTION_CHARS),
    }


def satellite_from_row(row: Row) -> Satellite:
    return Satellite(
        key=row["key"],
        name=row["name"],
        addresses=tuple((host, port) for host, port in row["addresses"]),
        hardware=row["hardware"],
        firmware=row["firmware"],
        boot_id=row["boot_id"],
        state=SatelliteState(row["state"]),
        state_detail=row["state_detail"],
        adopted=row["adopted"],
        toy_id=row["toy_id"],
        last_seen=row["last_seen"],
        pairing=Pairing.PAIRED if row["certificate"] else Pairing.NONE,
        certificate=row["certificate"] or b"",
        settings=SatelliteSettings(
            **row["settings"] | {"wake": Wake(row["settings"].get("wake", ""))}
        ),
        absences=tuple(
            Absence(
                datetime.fromisoformat(absence["began_at"]),
                datetime.fromisoformat(absence["ended_at"]),
                absence["lines"],
                absence.get("number", ""),
            )
            for absence in row["absences"]
        ),
        room_heard_by=row["room_heard_by"],
    )
