"""What parents should know of."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, Select, func, insert, select, update

from hub.domain.clock import Clock
from hub.domain.safety import Alert
from hub.errors import NotFoundError, RefusedError
from hub.events import AlertChanged, Bus
from hub.storage.database import Database
from hub.storage.revision import next_revision
from hub.storage.rows import NAME_MAX, NOTE_MAX, alert_from_row, alert_to_row, entered
from hub.storage.schema import alerts

SAME_WITHIN = timedelta(minutes=10)

Alerts = list[Alert]

_OPEN = alerts.c.acknowledged_at.is_(None)


class AlertRepository:
    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    async def add(self, alert: Alert) -> Alert:
        """Put an alert on the disk; it comes back with its revision.

        What happens again with the same toy within minutes is counted on the earlier alert, which
        comes back then, unless that was less pressing, a parent has acknowledged it, or only one of
        the two came up while a grown-up tried the toy.
        """
        row = alert_to_row(alert)

        def work(connection: Connection) -> Alert:
            revision = next_revision(connection)
            earlier = _earlier(connection, alert)
            if earlier is None:
                added = row | {"revision": revision, "addressed": False}
                connection.execute(insert(alerts).values(added))
                return replace(alert, revision=revision)
            again = {
                "count": earlier.count + 1,
                "last_at": alert.at,
                "last_turn_id": alert.turn_id,
                "revision": revision,
            }
            change = update(alerts).where(alerts.c.id == earlier.id).values(again)
            row_now = connection.execute(change.returning(alerts)).mappings().one()
            return alert_from_row(row_now)

        return await self._database.write(work, lambda kept: self._changed(kept.id))

    async def get(self, alert_id: str) -> Alert:
        """Raises NotFoundError."""
        found = await self._read(select(alerts).where(alerts.c.id == alert_id))
        if not found:
            raise _unknown(alert_id)
        return found[0]

    async def unaddressed(self) -> Alerts:
        """Those of which nobody has decided yet to whom they are sent, the oldest first."""
        return await self._read(
            select(alerts).where(alerts.c.addressed.is_(False)).order_by(alerts.c.number)
        )

    async def list(self, limit: int, open_only: bool = False) -> Alerts:
        """The last alerts, or the last that nobody has acknowledged; the newest first."""
        query = select(alerts).order_by(alerts.c.number.desc()).limit(limit)
        return await self._read(query.where(_OPEN) if open_only else query)

    async def count_open(self) -> int:
        """How many nobody has acknowledged."""
        query = select(func.count()).select_from(alerts).where(_OPEN)
        return await self._database.read(lambda connection: connection.scalar(query) or 0)

    async def since(self, revision: int, limit: int) -> Alerts:
        """Alerts that changed after `revision`, in the order of their changes."""
        return await self._read(
            select(alerts)
            .where(alerts.c.revision > revision)
            .order_by(alerts.c.revision)
            .limit(limit)
        )

    async def acknowledge(self, alert_id: str, note: str = "", by: str = "") -> Alert:
        """A parent, called `by`, has seen it. The first one's note stays: another is refused.

        Raises NotFoundError, RefusedError.
        """
        seen = {
            "acknowledged_by": entered(" ".join(by.split()), "the name", NAME_MAX),
            "note": entered(note, "the note", NOTE_MAX),
        }

        def work(connection: Connection) -> Alert:
            change = (
                update(alerts)
                .where(alerts.c.id == alert_id, _OPEN)
                .values(
                    seen
                    | {
                        "acknowledged_at": self._clock.now(),
                        "revision": next_revision(connection),
                    }
                )
                .returning(alerts)
            )
            row = connection.execute(change).mappings().first()
            return _seen_before(connection, alert_id, seen) if row is None else alert_from_row(row)

        return await self._database.write(work, lambda alert: self._changed(alert.id))

    def _changed(self, alert_id: str) -> None:
        self._bus.publish(AlertChanged(alert_id))

    async def _read(self, query: Select[*tuple[object, ...]]) -> Alerts:
        return await self._database.read(
            lambda connection: [alert_from_row(row) for row in connection.execute(query).mappings()]
        )


def _earlier(connection: Connection, alert: Alert) -> Alert | None:
    """The alert that tells of the same already."""
    if alert.toy_id is None:
        return None
    query = (
        select(alerts)
        .where(alerts.c.toy_id == alert.toy_id, alerts.c.category == alert.category)
        .where(alerts.c.at.between(alert.at - SAME_WITHIN, alert.at + SAME_WITHIN))
        .where(alerts.c.acknowledged_at.is_(None))
        .order_by(alerts.c.number.desc())
    )
    found = map(alert_from_row, connection.execute(query).mappings())
    for earlier in found:
        if earlier.level.rank >= alert.level.rank and earlier.tried == alert.tried:
            return earlier
    return None


def _seen_before(connection: Connection, alert_id: str, seen: Mapping[str, str]) -> Alert:
    """The alert, where the same was entered before: a second click. Raises NotFoundError, RefusedError."""
    row = connection.execute(select(alerts).where(alerts.c.id == alert_id)).mappings().first()
    if row is None:
        raise _unknown(alert_id)
    if any(row[column] != entry for column, entry in seen.items()):
        who = row["acknowledged_by"] or "somebody"
        raise RefusedError(f"{who} has acknowledged this alert already; what was noted then stays")
    return alert_from_row(row)


def _unknown(alert_id: str) -> NotFoundError:
    return NotFoundError(f"there is no alert with the id {alert_id}")
