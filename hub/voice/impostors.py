"""Tells the parents that something in the network passes itself off as one of their paired toys."""

import uuid
from typing import Final

import structlog

from hub.domain.clock import Clock
from hub.domain.safety import Alert, AlertLevel, Category
from hub.domain.toys import Satellite
from hub.errors import DataError
from hub.storage.store import Store

log = structlog.get_logger()

AGAIN_AFTER_S: Final = 3600.0
"""Of one toy they are told so often: anybody in the network can make a noise."""


class Impostors:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._told_at: dict[str, float] = {}

    async def met(self, satellite: Satellite, address: str) -> None:
        """At `address` something says that it is this satellite, and can't prove it."""
        now = self._clock.monotonic()
        if now - self._told_at.get(satellite.key, -AGAIN_AFTER_S) < AGAIN_AFTER_S:
            return
        self._told_at[satellite.key] = now
        log.warning("something passes itself off as a toy", satellite=satellite.key, at=address)
        alert = Alert(
            id=uuid.uuid4().hex,
            level=AlertLevel.WARNING,
            category=Category.NONE,
            title=f"Something in your network passes itself off as {satellite.name}",
            at=self._clock.now(),
            toy_id=satellite.toy_id,
            details={
                "reason": f"At {address} there is a device with its name and without its key. The hub does "
                "not connect to it. If you have set up the toy's memory card anew, release it here and "
                "pair it again."
            },
        )
        try:
            await self._store.alerts.add(alert)
        except DataError as error:
            log.error("parents are not told of it", error=str(error))
