"""Tells parents of a provider that has been out for a while, and of a full disk: once each time, not each turn."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from hub.alerts.maker import AlertMaker
from hub.domain.clock import Clock
from hub.domain.network_services import provider_label
from hub.domain.safety import AlertLevel
from hub.domain.toys import ProviderKind
from hub.errors import DataError
from hub.providers.pool import Outage
from hub.storage.store import Store
from hub.translation import marked

log = structlog.get_logger()

LOOKED_EVERY_S = 60.0
DISK_LOOKED_EVERY_S = 15.0
TOLD_AFTER_S = 300.0
"""What mends itself sooner is in the log only."""
AGAIN_AFTER = timedelta(days=1)

TITLES = {
    ProviderKind.STT: marked("The recogniser %(name)s is not working"),
    ProviderKind.LLM: marked("The language model %(name)s is not working"),
    ProviderKind.TTS: marked("The voice %(name)s is not working"),
}


class OutageNotices:
    """`outages` says what is out now, as `Providers.outages` does."""

    def __init__(
        self, outages: Callable[[], Sequence[Outage]], alerts: AlertMaker, clock: Clock
    ) -> None:
        self._outages = outages
        self._alerts = alerts
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        await _keep_looking(self.look, LOOKED_EVERY_S, self._clock)

    async def look(self) -> None:
        """Tell of what has been out for long. Raises DataError."""
        for outage in self._outages():
            if outage.seconds >= TOLD_AFTER_S:
                await self._tell(outage)

    async def _tell(self, outage: Outage) -> None:
        """Unless they were told within a day, or have not seen the last note yet."""
        await self._alerts.tell_unless_told(
            AlertLevel.INFO,
            marked(TITLES[outage.kind], name=provider_label(outage.name)),
            {
                "reason": marked(
                    "%(problem)s; meanwhile the next one on the toy's list does its work",
                    problem=outage.problem,
                )
            },
            since=self._clock.now() - AGAIN_AFTER,
            until_seen=True,
        )


class DiskNotices:
    """Looks whether the disk is full, and whether there is room again."""

    def __init__(self, store: Store, alerts: AlertMaker, clock: Clock) -> None:
        self._store = store
        self._alerts = alerts
        self._clock = clock
        self._told = False

    async def run(self) -> None:
        """Until cancelled."""
        await _keep_looking(self.look, DISK_LOOKED_EVERY_S, self._clock)

    async def look(self) -> None:
        """Tell of a full disk, once until there is room again. Raises DataError."""
        if not await self._store.database.look_at_disk():
            self._told = False
        elif not self._told:
            self._told = True
            await self._alerts.tell_unless_told(
                AlertLevel.WARNING,
                marked("The hub's disk is full"),
                {
                    "reason": marked(
                        "What is said to the toys can't be kept, so they don't answer. Alerts still arrive. "
                        "Please free some space on the disk."
                    )
                },
                since=self._clock.now(),
                until_seen=True,
            )


async def _keep_looking(look: Callable[[], Awaitable[None]], every_s: float, clock: Clock) -> None:
    while True:
        try:
            await look()
        except DataError as error:
            log.error("parents are not told what they should be", error=str(error))
        await clock.sleep(every_s)
