"""What tests of the dispatcher say over and over."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time

from hub.alerts.dispatcher import Dispatcher
from hub.domain.household import Adult, Delivery, DeliveryState, Household
from hub.domain.safety import Alert, AlertLevel, Category
from hub.domain.toys import Toy
from hub.storage.store import Store
from hub.translation import Catalogues
from tests.clock import FakeClock


@dataclass
class Home:
    store: Store
    toy: Toy
    clock: FakeClock
    dispatcher: Dispatcher
    catalogues: Catalogues
    _running: "list[asyncio.Task[None]]" = field(default_factory=list)

    def begin(self) -> None:
        """The hub starts to send alerts."""
        self._running.append(asyncio.create_task(self.dispatcher.run()))

    async def end(self) -> None:
        """As a hub does that is stopped."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()

    async def adult(
        self,
        name: str,
        url: str,
        least: AlertLevel | None = AlertLevel.WARNING,
        *,
        disclosures: bool = True,
    ) -> Adult:
        adult = Adult(name.lower(), name, url, least, disclosures)
        await self.store.adults.save(adult)
        return adult

    async def alert(
        self,
        title: str = "Look",
        level: AlertLevel = AlertLevel.WARNING,
        category: Category = Category.VIOLENCE,
    ) -> Alert:
        return await self.store.alerts.add(
            Alert(uuid.uuid4().hex, level, category, title, self.clock.now(), toy_id=self.toy.id)
        )

    async def delivery(self, alert: Alert) -> Delivery:
        """Of an alert that goes to one adult."""
        (delivery,) = await self.store.deliveries.of(alert.id)
        return delivery

    async def has(self, condition: Callable[[Delivery], object], alert: Alert) -> Delivery:
        """Wait until the alert's only delivery is as `condition` says; real time passes, not the clock's."""
        async with asyncio.timeout(60):
            while True:
                deliveries = await self.store.deliveries.of(alert.id)
                if deliveries and condition(deliveries[0]):
                    return deliveries[0]
                await asyncio.sleep(0.01)

    async def arrives(self, alert: Alert) -> Delivery:
        return await self.has(lambda delivery: delivery.state is DeliveryState.DELIVERED, alert)

    async def has_failed(self, alert: Alert, times: int) -> Delivery:
        """The try has ended, and what went wrong is known."""

        def failed(delivery: Delivery) -> bool:
            return delivery.attempts == times and delivery.last_error != ""

        return await self.has(failed, alert)

    async def quiet_until_16(self) -> None:
        """It is 15:00 now."""
        quiet = Household(time_zone="UTC", quiet_from=time(14), quiet_until=time(16))
        await self.store.household.save(quiet)

    async def settles(self) -> None:
        """Everything that can be done now is done; a moment of real time for the disk's threads."""
        for _ in range(5):
            await asyncio.sleep(0.02)
            await self.clock.advance(0)
