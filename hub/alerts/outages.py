"""Tells parents of a provider that has been out for a while: one note each time, not one each turn."""

import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from hub.domain.clock import Clock
from hub.domain.safety import Alert, AlertLevel, Category
from hub.domain.toys import ProviderKind
from hub.errors import DataError
from hub.providers.pool import Outage
from hub.storage.store import Store

log = structlog.get_logger()

LOOKED_EVERY_S = 60.0
TOLD_AFTER_S = 300.0
"""What mends itself sooner is in the log only."""
AGAIN_AFTER = timedelta(days=1)
ALERTS_SEARCHED = 200

WHAT = {
    ProviderKind.STT: "recogniser",
    ProviderKind.LLM: "language model",
    ProviderKind.TTS: "voice",
}


class OutageNotices:
    """`outages` says what is out now, as `Providers.outages` does."""

    def __init__(self, outages: Callable[[], Sequence[Outage]], store: Store, clock: Clock) -> None:
        self._outages = outages
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._clock.sleep(LOOKED_EVERY_S)
            try:
                await self.look()
            except DataError as error:
                log.error("parents are not told of an outage", error=str(error))

    async def look(self) -> None:
        """Tell of what has been out for long. Raises DataError."""
        for outage in self._outages():
            if outage.seconds >= TOLD_AFTER_S:
                await self._tell(outage)

    async def _tell(self, outage: Outage) -> None:
        """Unless they were told within a day, or have not seen the last note yet."""
        title = f"The {WHAT[outage.kind]} {outage.name} does not work"
        now = self._clock.now()
        for earlier in await self._store.alerts.list(ALERTS_SEARCHED):
            unseen = earlier.acknowledged_at is None
            if earlier.title == title and (unseen or earlier.at > now - AGAIN_AFTER):
                return
        note = Alert(
            id=uuid.uuid4().hex,
            level=AlertLevel.INFO,
            category=Category.NONE,
            title=title,
            at=now,
            details={
                "problem": outage.problem,
                "meanwhile": "the next one on the toy's list answers",
            },
        )
        await self._store.alerts.add(note)
