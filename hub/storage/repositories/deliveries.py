"""The adults who are told of alerts, and how far each alert is on its way to each of them."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection, delete, func, insert, select, update

from hub.domain.clock import Clock
from hub.domain.household import Adult, Delivery, DeliveryState
from hub.domain.limits import MAX_ADULTS, MAX_URL_CHARS
from hub.domain.safety import Alert
from hub.errors import DataError, NotFoundError, RefusedError
from hub.events import AlertChanged, Bus, HouseholdChanged
from hub.storage.database import Database, Repository
from hub.storage.rows import (
    Gone,
    Row,
    entered,
    entered_name,
    from_row,
    next_revision,
    note_gone,
    to_row,
    upsert,
)
from hub.storage.schema import adults, alerts, deliveries
from hub.storage.secrets import SecretBox
from hub.translation import gettext as _

MAX_PENDING = 500
"""Deliveries that are looked at at once."""

Adults = list[Adult]

_PROGRESS = ("state", "attempts", "next_try_at", "last_error", "ended_at")

log = structlog.get_logger()


class AdultRepository(Repository):
    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        super().__init__(database, bus, clock)
        self._secrets = SecretBox(database.folder)

    async def list(self) -> Adults:
        """All of them, by name."""
        query = select(adults).order_by(adults.c.name, adults.c.id)
        return await self._database.rows(query, self._adult_from_row)

    async def get(self, adult_id: str) -> Adult:
        """Raises NotFoundError."""
        query = select(adults).where(adults.c.id == adult_id)
        adult = await self._database.row(query, self._adult_from_row)
        if adult is None:
            raise NotFoundError(_("there is no adult with the id %(adult_id)s", adult_id=adult_id))
        return adult

    async def save(self, adult: Adult) -> None:
        """Add or change one. An empty `url` keeps the address that is there."""
        row = to_row(adult, adults, name=entered_name(adult.name, _("an adult's name")))
        url = entered(adult.url, _("the address"), MAX_URL_CHARS)

        def work(connection: Connection) -> None:
            others = select(func.count()).select_from(adults).where(adults.c.id != adult.id)
            if connection.scalar(others) >= MAX_ADULTS:  # type: ignore[operator]  # a count is never NULL
                raise RefusedError(
                    _("there are %(most)s adults already: remove one first", most=MAX_ADULTS)
                )
            kept = connection.scalar(select(adults.c.sealed_url).where(adults.c.id == adult.id))
            sealed = self._secrets.seal(url) if url or kept is None else kept
            upsert(connection, adults.c.id, row | {"sealed_url": sealed})

        await self._write(work, HouseholdChanged())

    async def forget_address(self, adult: Adult) -> None:
        """Unless they have another one by now, or were removed."""
        row, nothing = adults.c.id == adult.id, self._secrets.seal("")

        def work(connection: Connection) -> None:
            sealed = connection.scalar(select(adults.c.sealed_url).where(row))
            if sealed and self._secrets.open(sealed) == adult.url:
                connection.execute(update(adults).where(row).values(sealed_url=nothing))

        await self._write(work, HouseholdChanged())

    async def digest_sent_at(self, adult_id: str) -> datetime | None:
        """When their last digest went out, or they chose to get one; None before that."""
        query = select(adults.c.digest_sent_at).where(adults.c.id == adult_id)
        return await self._database.read(lambda connection: connection.scalar(query))

    async def keep_digest_sent(self, adult_id: str, at: datetime) -> None:
        change = update(adults).where(adults.c.id == adult_id).values(digest_sent_at=at)
        await self._database.write(lambda connection: connection.execute(change).rowcount)

    async def remove(self, adult_id: str) -> None:
        """Nothing more is sent to them; what was sent stays known."""
        gone, now = delete(adults).where(adults.c.id == adult_id), self._clock.now()

        def work(connection: Connection) -> None:
            if connection.execute(gone).rowcount == 0:
                raise NotFoundError(
                    _("there is no adult with the id %(adult_id)s", adult_id=adult_id)
                )
            note_gone(connection, Gone.ADULT, [adult_id], now)

        await self._write(work, HouseholdChanged())

    def _adult_from_row(self, row: Row) -> Adult:
        try:
            url = self._secrets.open(row["sealed_url"])
        except DataError as error:
            log.warning("an adult's address can't be read", adult=row["id"], error=str(error))
            url = ""
        return from_row(Adult, row, url=url)


class DeliveryRepository(Repository):
    """Whatever changes here changes the alert's revision, too, so that pages show it."""

    async def address(self, alert_id: str, sent_to: Sequence[Delivery]) -> None:
        """Say once and for all to whom an alert goes, perhaps to nobody; a second time does nothing."""
        decided = update(alerts).where(alerts.c.id == alert_id, alerts.c.addressed.is_(False))

        def work(connection: Connection) -> bool:
            change = decided.values(addressed=True, revision=next_revision(connection))
            if connection.execute(change).rowcount == 0:
                return False
            for delivery in sent_to:
                connection.execute(insert(deliveries).values(to_row(delivery, deliveries)))
            return True

        def after(done: bool) -> None:
            if done:
                self._bus.publish(AlertChanged(alert_id))

        await self._database.write(work, after, urgent=True)

    async def of(self, alert_id: str) -> list[Delivery]:
        """In the order in which they were decided on."""
        query = (
            select(deliveries)
            .where(deliveries.c.alert_id == alert_id)
            .order_by(deliveries.c.number)
        )
        return await self._database.rows(query, _delivery)

    async def pending(self) -> list[tuple[Delivery, Alert]]:
        """What still has to be sent, the oldest first; of very many, the newest."""
        query = (
            select(deliveries)
            .where(deliveries.c.state == DeliveryState.PENDING)
            .order_by(deliveries.c.number.desc())
            .limit(MAX_PENDING)
        )

        def work(connection: Connection) -> list[tuple[Delivery, Alert]]:
            waiting = [_delivery(row) for row in connection.execute(query).mappings()][::-1]
            ids = {delivery.alert_id for delivery in waiting}
            theirs = connection.execute(select(alerts).where(alerts.c.id.in_(ids))).mappings()
            by_id = {row["id"]: from_row(Alert, row) for row in theirs}
            return [(delivery, by_id[delivery.alert_id]) for delivery in waiting]

        return await self._database.read(work)

    async def save(self, delivery: Delivery) -> None:
        """Write how far it is; to whom it goes never changes."""
        row = to_row(delivery, deliveries)
        progress = {name: row[name] for name in _PROGRESS}

        def work(connection: Connection) -> None:
            connection.execute(
                update(deliveries).where(deliveries.c.id == delivery.id).values(progress)
            )
            connection.execute(
                update(alerts)
                .where(alerts.c.id == delivery.alert_id)
                .values(revision=next_revision(connection))
            )

        await self._write(work, AlertChanged(delivery.alert_id), urgent=True)


_delivery = partial(from_row, Delivery)
