"""What parents should know of."""

from dataclasses import replace

from sqlalchemy import Connection, Select, insert, select, update

from hub.domain.clock import Clock
from hub.domain.safety import Alert
from hub.errors import NotFoundError
from hub.events import AlertChanged, Bus
from hub.storage.database import Database
from hub.storage.revision import next_revision
from hub.storage.rows import NOTE_MAX, alert_from_row, alert_to_row, entered
from hub.storage.schema import alerts

Alerts = list[Alert]


class AlertRepository:
    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    async def add(self, alert: Alert) -> Alert:
        """Put a new alert on the disk; it comes back with its revision."""
        row = alert_to_row(alert)

        def work(connection: Connection) -> int:
            revision = next_revision(connection)
            connection.execute(insert(alerts).values(row | {"revision": revision}))
            return revision

        revision = await self._database.write(work, lambda _: self._changed(alert.id))
        return replace(alert, revision=revision)

    async def list(self, limit: int) -> Alerts:
        """The last alerts, the newest first."""
        return await self._read(select(alerts).order_by(alerts.c.number.desc()).limit(limit))

    async def since(self, revision: int, limit: int) -> Alerts:
        """Alerts that changed after `revision`, in the order of their changes."""
        return await self._read(
            select(alerts)
            .where(alerts.c.revision > revision)
            .order_by(alerts.c.revision)
            .limit(limit)
        )

    async def acknowledge(self, alert_id: str, note: str = "") -> Alert:
        """A parent has seen it; raises NotFoundError."""
        seen = {
            "acknowledged_at": self._clock.now(),
            "note": entered(note, "the note", NOTE_MAX),
        }

        def work(connection: Connection) -> Alert:
            change = (
                update(alerts)
                .where(alerts.c.id == alert_id)
                .values(seen | {"revision": next_revision(connection)})
                .returning(alerts)
            )
            row = connection.execute(change).mappings().first()
            if row is None:
                raise NotFoundError(f"there is no alert with the id {alert_id}")
            return alert_from_row(row)

        return await self._database.write(work, lambda alert: self._changed(alert.id))

    def _changed(self, alert_id: str) -> None:
        self._bus.publish(AlertChanged(alert_id))

    async def _read(self, query: Select[*tuple[object, ...]]) -> Alerts:
        return await self._database.read(
            lambda connection: [alert_from_row(row) for row in connection.execute(query).mappings()]
        )
