"""What the family decides and is told: household, adults, alerts and how they arrive."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from hub.alerts.dispatcher import Dispatcher
from hub.alerts.post import Post
from hub.domain.api import LanApi
from hub.domain.household import Adult, Cost, Delivery, Household, LedgerEntry
from hub.domain.safety import Alert
from hub.domain.wyoming_services import WyomingServices
from hub.storage.store import Store


class Family:
    """Errors are `PommaiError`s with one line for a person."""

    def __init__(self, store: Store, dispatcher: Dispatcher, post: Post) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._post = post

    async def household(self) -> Household:
        return await self._store.household.get()

    async def save_household(self, settings: Household) -> Household:
        """The emergency stop stays as it is, whatever `settings` say of it."""
        return await self._store.household.save(settings)

    async def wyoming_services(self) -> WyomingServices:
        """Whether, where and to whom the hub offers itself to Home Assistant and its like."""
        return await self._store.wyoming_services.get()

    async def save_wyoming_services(self, settings: WyomingServices) -> WyomingServices:
        """Holds at once. Raises DataError for what is no address or no network of this machine."""
        return await self._store.wyoming_services.save(settings)

    async def lan_api(self) -> LanApi:
        """Whether and where other machines can reach `/api/v1`."""
        return await self._store.lan_api.get()

    async def save_lan_api(self, settings: LanApi) -> LanApi:
        """Holds at once. Raises DataError for what are no networks."""
        return await self._store.lan_api.save(settings)

    async def adults(self) -> Sequence[Adult]:
        """By name. `url` is a secret: show `service`."""
        return await self._store.adults.list()

    async def save_adult(self, adult: Adult) -> Adult:
        """Add (an empty `id`) or change one; an empty `url` keeps the address that is there.

        Raises RefusedError for an address that is none, DataError for a name that is too long.
        """
        adult = adult if adult.id else replace(adult, id=uuid.uuid4().hex)
        if adult.url:
            await self._post.check(adult.url)
        await self._store.adults.save(adult)
        return await self._store.adults.get(adult.id)

    async def remove_adult(self, adult_id: str) -> None:
        await self._store.adults.remove(adult_id)

    async def send_test(self, adult_id: str) -> None:
        """Raises DeliveryError with what went wrong."""
        await self._dispatcher.send_test(adult_id)

    async def alerts(self, limit: int, open_only: bool = False) -> Sequence[Alert]:
        """The newest first; all, or those that nobody has acknowledged."""
        return await self._store.alerts.list(limit, open_only)

    async def open_alerts(self) -> int:
        """How many nobody has acknowledged."""
        return await self._store.alerts.count_open()

    async def alerts_since(self, revision: int, limit: int) -> Sequence[Alert]:
        return await self._store.alerts.since(revision, limit)

    async def acknowledge(self, alert_id: str, note: str = "", by: str = "") -> Alert:
        """Somebody, called `by`, has seen the alert."""
        return await self._store.alerts.acknowledge(alert_id, note, by)

    async def deliveries(self, alert_id: str) -> Sequence[Delivery]:
        """To whom the alert was sent, and how far each is."""
        return await self._store.deliveries.of(alert_id)

    async def costs_since(self, moment: datetime) -> Sequence[Cost]:
        """Of services outside the house, by provider, the dearest first."""
        return await self._store.ledger.costs_since(moment)

    async def costs_of(self, turn_ids: Collection[str]) -> Mapping[str, Sequence[Cost]]:
        """The same of each of these turns that cost something."""
        return await self._store.ledger.costs_of(turn_ids)

    async def ledger(self, limit: int) -> Sequence[LedgerEntry]:
        """What left the house, the newest first."""
        return await self._store.ledger.recent(limit)
