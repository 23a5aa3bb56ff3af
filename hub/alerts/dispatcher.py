"""Sends each new alert to the adults that it is for, again and again until it arrives or is given up.

All state is in the database: what a hub that dies leaves undone, the next one does. Each try is on
the disk before it begins, so that nothing can make one alert a flood. What a full disk did not take
is sent from memory. Messages, and what went wrong, are in the household's language.
"""

import asyncio
import uuid
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from hub.alerts.post import TEST_MESSAGE, AlertMessage, Post, message_for
from hub.alerts.routing import (
    MAX_TRIES,
    MAX_WAIT,
    addressees,
    due_at,
    held_until,
    still_needed,
    wait_after,
)
from hub.domain.clock import Clock
from hub.domain.household import (
    Adult,
    ContentKind,
    Delivery,
    DeliveryState,
    LedgerEntry,
    LedgerKind,
)
from hub.domain.safety import Alert
from hub.errors import AddressGoneError, DataError, DeliveryError, DiskFullError
from hub.events import AlertChanged, Bus, HouseholdChanged, Missed
from hub.storage.store import Store
from hub.translation import Catalogues, enter, reading
from hub.translation import gettext as _

log = structlog.get_logger()

AFTER_TROUBLE: Final = timedelta(seconds=30)
"""Before going on when the database can't be read or written, or something of ours broke."""


class Dispatcher:
    def __init__(
        self, store: Store, bus: Bus, post: Post, clock: Clock, catalogues: Catalogues
    ) -> None:
        self._store = store
        self._bus = bus
        self._post = post
        self._clock = clock
        self._catalogues = catalogues
        self._news = asyncio.Event()
        self._under_way: dict[str, str] = {}
        """Delivery to adult, while it is being tried: one at a time for each adult."""
        self._tries_unkept: Counter[tuple[str, str]] = Counter()
        """By alert and adult, of what is sent from memory."""
        self._delivered_unkept: set[tuple[str, str]] = set()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(), name="alerts: listen")
            while True:
                self._news.clear()
                try:
                    next_round = await self._round(tasks)
                except DataError as error:
                    log.error("alerts can't be read", error=str(error))
                    next_round = self._clock.now() + AFTER_TROUBLE
                except Exception:  # of one alert: it must not hold back all later ones
                    log.exception("sending alerts broke")
                    next_round = self._clock.now() + AFTER_TROUBLE
                wait = max(timedelta(), next_round - self._clock.now())
                try:
                    async with self._clock.timeout(wait / timedelta(seconds=1)):
                        await self._news.wait()
                except TimeoutError:
                    continue

    async def send_test(self, adult_id: str) -> None:
        """Send a message that nothing has happened; raises NotFoundError, DeliveryError."""
        await self.send(await self._store.adults.get(adult_id), TEST_MESSAGE)

    async def _listen(self) -> None:
        with self._bus.subscribe() as events:
            async for event in events:
                if isinstance(event, AlertChanged | HouseholdChanged | Missed):
                    self._news.set()

    async def _round(self, tasks: asyncio.TaskGroup) -> datetime:
        """Begin what is due; gives when more will be."""
        household = await self._store.household.get()
        enter(self._catalogues.of(household.language))
        unkept = [alert for alert in self._store.alerts.unkept if not await self._keep(alert)]
        await self._address()
        now = self._clock.now()
        next_round = now + (AFTER_TROUBLE if unkept else MAX_WAIT)
        for alert in unkept:
            if not held_until(alert, household, now):
                await self._send_unkept(alert)
        waiting = await self._store.deliveries.pending()
        for delivery, alert in sorted(waiting, key=lambda pair: -pair[1].level.rank):
            if delivery.id in self._under_way:
                continue
            if not still_needed(alert):
                await self._end(delivery, DeliveryState.NOT_NEEDED)
            elif delivery.adult_id is None:
                await self._end(
                    delivery, DeliveryState.UNDELIVERED, _("was removed from the adults")
                )
            elif delivery.adult_id not in self._under_way.values():
                due = due_at(delivery, alert, household, now)
                if due > now:
                    next_round = min(next_round, due)
                    continue
                self._under_way[delivery.id] = delivery.adult_id
                tasks.create_task(self._try(delivery, alert), name=f"alert to {delivery.adult_id}")
        return next_round

    async def _keep(self, alert: Alert) -> bool:
        """Whether there is room now for an alert that a full disk did not take."""
        try:
            await self._store.alerts.add(alert)
        except DiskFullError:
            return False
        return True

    async def _send_unkept(self, alert: Alert) -> None:
        """From memory, to each who has not got it yet."""
        for adult in addressees(alert, await self._store.adults.list()):
            key = (alert.id, adult.id)
            if key in self._delivered_unkept or self._tries_unkept[key] >= MAX_TRIES:
                continue
            self._tries_unkept[key] += 1
            try:
                await self.send(adult, await self._message(alert))
                self._delivered_unkept.add(key)
            except DeliveryError as error:
                log.warning(
                    "an alert did not arrive", alert=alert.id, adult=adult.id, error=str(error)
                )

    async def _message(self, alert: Alert) -> AlertMessage:
        toy = await self._store.toys.get(alert.toy_id) if alert.toy_id else None
        return message_for(alert, toy.name if toy else None, await self._store.household.get())

    async def _address(self) -> None:
        """Decide to whom each new alert goes."""
        for alert in await self._store.alerts.unaddressed():
            now = self._clock.now()
            sent_to = [
                Delivery(
                    id=uuid.uuid4().hex,
                    alert_id=alert.id,
                    adult_id=adult.id,
                    adult_name=adult.name,
                    created_at=now,
                    next_try_at=now,
                    state=DeliveryState.DELIVERED if was_sent else DeliveryState.PENDING,
                    ended_at=now if was_sent else None,
                )
                for adult in addressees(alert, await self._store.adults.list())
                for was_sent in [(alert.id, adult.id) in self._delivered_unkept]
            ]
            await self._store.deliveries.address(alert.id, sent_to)

    async def _try(self, delivery: Delivery, alert: Alert) -> None:
        try:
            attempts = delivery.attempts + 1
            delivery = replace(
                delivery,
                attempts=attempts,
                next_try_at=self._clock.now() + wait_after(attempts),
            )
            await self._store.deliveries.save(delivery)
            await self._deliver(delivery, alert)
        except DataError as error:
            log.error("an alert's delivery can't be kept", alert=alert.id, error=str(error))
            await self._clock.sleep(AFTER_TROUBLE / timedelta(seconds=1))
        except Exception:  # it would end the alerts to every other adult, too
            log.exception("sending an alert broke", alert=alert.id)
            await self._clock.sleep(AFTER_TROUBLE / timedelta(seconds=1))
        finally:
            del self._under_way[delivery.id]
            self._news.set()

    async def _deliver(self, delivery: Delivery, alert: Alert) -> None:
        adults = {adult.id: adult for adult in await self._store.adults.list()}
        adult = adults.get(delivery.adult_id or "")
        if adult is None:
            return  # removed this moment: the next round ends it
        message = await self._message(alert)
        try:
            await self.send(adult, message, alert.turn_id)
        except DeliveryError as error:
            log.warning(
                "an alert did not arrive",
                alert=alert.id,
                adult=adult.id,
                attempts=delivery.attempts,
                error=str(error),
            )
            if delivery.attempts >= MAX_TRIES:
                await self._end(delivery, DeliveryState.UNDELIVERED, str(error))
            else:
                await self._store.deliveries.save(replace(delivery, last_error=str(error)))
        else:
            await self._end(delivery, DeliveryState.DELIVERED)

    async def send(self, adult: Adult, message: AlertMessage, turn_id: str | None = None) -> None:
        """Once, noted in the ledger before it leaves; an address that is gone is forgotten. Raises DeliveryError."""
        if not adult.url:
            raise DeliveryError(_("the address is missing or can't be read: enter it again"))
        household = await self._store.household.get()
        with reading(self._catalogues.of(household.language)):
            message = message.translated()
        entry = LedgerEntry(
            at=self._clock.now(),
            kind=LedgerKind.ALERT,
            provider=adult.push_host or adult.service,
            what=ContentKind.TEXT,
            amount=len(message.title) + len(message.body),
            turn_id=turn_id,
        )
        try:
            await self._store.ledger.add(entry, urgent=True)
        except DiskFullError:
            log.error("an alert leaves without an entry in the ledger, as the disk is full")
        try:
            await self._post.send(adult.url, message)
        except AddressGoneError:
            await self._store.adults.forget_address(adult)
            raise

    async def _end(self, delivery: Delivery, state: DeliveryState, error: str = "") -> None:
        ended = replace(delivery, state=state, last_error=error, ended_at=self._clock.now())
        await self._store.deliveries.save(ended)
