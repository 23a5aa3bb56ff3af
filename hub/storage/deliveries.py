"""How far each alert is on its way to each adult."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hub.domain.household import Delivery, DeliveryState
from hub.domain.safety import Alert
from hub.events import AlertChanged, Bus
from hub.storage.database import Database
from hub.storage.revision import next_revision
from hub.storage.rows import DETAIL_MAX, Row, alert_from_row, cut
from hub.storage.schema import alerts, deliveries

PENDING_MOST = 500
"""Looked at at once."""


class DeliveryRepository:
    """Whatever changes here changes the alert's revision, too, so that pages show it."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    async def address(self, alert_id: str, sent_to: Sequence[Delivery]) -> None:
        """Say once and for all to whom an alert goes, perhaps to nobody; a second time does nothing."""
        decided = update(alerts).where(alerts.c.id == alert_id, alerts.c.addressed.is_(False))

        def work(connection: Connection) -> bool:
            change = decided.values(addressed=True, revision=next_revision(connection))
            if connection.execute(change).rowcount == 0:
                return False
            for delivery in sent_to:
                connection.execute(insert(deliveries).values(_to_row(delivery)))
            return True

        def after(done: bool) -> None:
            if done:
                self._bus.publish(AlertChanged(alert_id))

        await self._database.write(work, after)

    async def of(self, alert_id: str) -> list[Delivery]:
        """In the order in which they were decided on."""
        query = (
            select(deliveries)
            .where(deliveries.c.alert_id == alert_id)
            .order_by(deliveries.c.number)
        )
        return await self._database.read(
            lambda connection: [_from_row(row) for row in connection.execute(query).mappings()]
        )

    async def pending(self) -> list[tuple[Delivery, Alert]]:
        """What still has to be sent, the oldest first; of very many, the newest."""
        query = (
            select(deliveries)
            .where(deliveries.c.state == DeliveryState.PENDING)
            .order_by(deliveries.c.number.desc())
            .limit(PENDING_MOST)
        )

        def work(connection: Connection) -> list[tuple[Delivery, Alert]]:
            waiting = [_from_row(row) for row in connection.execute(query).mappings()][::-1]
            ids = {delivery.alert_id for delivery in waiting}
            theirs = connection.execute(select(alerts).where(alerts.c.id.in_(ids))).mappings()
            by_id = {row["id"]: alert_from_row(row) for row in theirs}
            return [(delivery, by_id[delivery.alert_id]) for delivery in waiting]

        return await self._database.read(work)

    async def save(self, delivery: Delivery) -> None:
        """Write how far it is; to whom it goes never changes."""
        row = _to_row(delivery)
        progress = {name: row[name] for name in PROGRESS}

        def work(connection: Connection) -> None:
            connection.execute(
                update(deliveries).where(deliveries.c.id == delivery.id).values(progress)
            )
            connection.execute(
                update(alerts)
                .where(alerts.c.id == delivery.alert_id)
                .values(revision=next_revision(connection))
            )

        await self._database.write(
            work, lambda _: self._bus.publish(AlertChanged(delivery.alert_id))
        )


PROGRESS = ("state", "attempts", "next_try_at", "last_error", "ended_at")


def _to_row(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "alert_id": delivery.alert_id,
        "adult_id": delivery.adult_id,
        "adult_name": delivery.adult_name,
        "created_at": delivery.created_at,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "next_try_at": delivery.next_try_at,
        "last_error": cut(delivery.last_error, DETAIL_MAX),
        "ended_at": delivery.ended_at,
    }


def _from_row(row: Row) -> Delivery:
    return Delivery(
        id=row["id"],
        alert_id=row["alert_id"],
        adult_id=row["adult_id"],
        adult_name=row["adult_name"],
        created_at=row["created_at"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        next_try_at=row["next_try_at"],
        last_error=row["last_error"],
        ended_at=row["ended_at"],
    )
