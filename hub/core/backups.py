"""Each night a backup of the household is put where the family wants it, and the oldest there are deleted.

It is made at two by the household's clock, or as soon as the hub runs again. Where that fails, a grown-up is told,
once a day.
"""

import asyncio
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from hub.alerts.maker import AlertMaker
from hub.config import BackupSection
from hub.domain.clock import Clock
from hub.domain.household import Household
from hub.domain.safety import AlertLevel
from hub.errors import PommaiError
from hub.storage import backup
from hub.storage.store import Store

NIGHT: Final = timedelta(hours=2)
LOOK_EVERY_S: Final = 600.0

log = structlog.get_logger()


class Backups:
    def __init__(
        self, store: Store, settings: BackupSection, alerts: AlertMaker, clock: Clock
    ) -> None:
        self._store = store
        self._settings = settings
        self._alerts = alerts
        self._clock = clock
        self._told_on: date | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except PommaiError as error:
                log.error("no backup was made", error=str(error))
            await self._clock.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Make one if none was made since the last night. Raises PommaiError, after a grown-up was told."""
        folder = self._settings.folder
        if folder is None:
            return
        now, household = self._clock.now(), await self._store.household.get()
        try:
            made_at = await asyncio.to_thread(backup.last_made, folder)
            if made_at is None or made_at < _last_night(household, now):
                await asyncio.to_thread(self._make, folder, now)
        except PommaiError as error:
            today = household.local(now).date()
            if self._told_on != today:
                self._told_on = today
                why = {"reason": f"{error}. It is tried again every ten minutes."}
                await self._alerts.tell(AlertLevel.WARNING, "No backup could be made", why)
            raise

    def _make(self, folder: Path, now: datetime) -> None:
        size = backup.make(self._store.database.folder, backup.dated(folder, now), now)
        gone = backup.delete_old(folder, self._settings.keep)
        log.info("a backup was made", bytes=size, deleted=gone)


def _last_night(household: Household, now: datetime) -> datetime:
    """Two o'clock, of today or of yesterday."""
    tonight = household.midnight(household.local(now).date()) + NIGHT
    return tonight if tonight <= now else tonight - timedelta(days=1)
