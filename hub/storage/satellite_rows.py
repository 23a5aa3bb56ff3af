"""Satellites to table rows and back; what machines report is shortened to what fits."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from hub.domain.toys import (
    Absence,
    Pairing,
    Satellite,
    SatelliteSettings,
    SatelliteState,
    Wake,
)
from hub.storage.rows import DESCRIPTION_MAX, DETAIL_MAX, Row, cut

ADDRESSES_MAX = 16
ABSENCES_MAX = 10


def satellite_to_row(satellite: Satellite) -> dict[str, Any]:
    return {
        "key": satellite.key,
        "name": cut(satellite.name, DESCRIPTION_MAX),
        "addresses": [list(address) for address in satellite.addresses[:ADDRESSES_MAX]],
        "hardware": cut(satellite.hardware, DESCRIPTION_MAX),
        "firmware": cut(satellite.firmware, DESCRIPTION_MAX),
        "boot_id": cut(satellite.boot_id, DESCRIPTION_MAX),
        "state": satellite.state.value,
        "state_detail": cut(satellite.state_detail, DETAIL_MAX),
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
            for absence in satellite.absences[:ABSENCES_MAX]
        ],
        "room_heard_by": cut(satellite.room_heard_by, DESCRIPTION_MAX),
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
