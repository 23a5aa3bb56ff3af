"""The household's backups: one each night, or when a grown-up asks; the list of what is gone beside them; and back.

It is made at two by the household's clock, or as soon as the hub runs again. Where that fails, a grown-up is told,
once a day. The list is written within half a minute of what was erased or revoked.
"""

import asyncio
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from hub.alerts.maker import AlertMaker
from hub.config import BackupSection
from hub.domain.clock import Clock
from hub.domain.household import Household
from hub.domain.safety import AlertLevel
from hub.errors import DataError, NotFoundError, PommaiError, RefusedError
from hub.storage import backup, gone
from hub.storage.backup import SCRATCH, Kept, Step
from hub.storage.restore import TOLD_AS, Restored, prepare
from hub.storage.store import Store
from hub.translation import gettext as _
from hub.translation import marked

__all__ = ["MAX_FOLDER_CHARS", "SCRATCH", "Backups", "Kept", "Place", "Restored", "Step"]

NIGHT: Final = timedelta(hours=2)
LOOK_EVERY_S: Final = 30.0
RETRY: Final = timedelta(minutes=10)
MAX_FOLDER_CHARS: Final = 300
FOLDER: Final = "backup_folder"
"""The key of `meta` for what a grown-up chose."""

CAME_BACK: Final = marked("The household came back from a backup")
WITH_LIST: Final = marked(
    "It is as it was on %(made_at)s. What was deleted or revoked since then stays so. Passwords and roles are those of "
    "then, and everybody signs in anew."
)
WITHOUT_LIST: Final = marked(
    "It is as it was on %(made_at)s. The list of what is gone was not beside the backup, so what was deleted since "
    "then is here again: delete it anew. Every program’s token was revoked; give out new ones. Passwords and roles are "
    "those of then, and everybody signs in anew."
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Place:
    """Where backups are kept."""

    folder: Path | None
    keep: int
    """So many of the newest."""
    is_set: bool
    """In `pommai.toml`, so that the pages can't change it."""
    is_there: bool
    """Such as a stick that is plugged in."""


class Backups:
    def __init__(
        self, store: Store, settings: BackupSection, alerts: AlertMaker, clock: Clock
    ) -> None:
        self._store = store
        self._settings = settings
        self._alerts = alerts
        self._clock = clock
        self._told_on: date | None = None
        self._not_before: datetime | None = None
        self._listed = -1
        """The number of the newest line of what is gone that stands in the list."""
        self._asked = asyncio.Event()
        self._brought_back = asyncio.Event()
        self.step: Step | None = None
        """How far the one is that is made now."""
        self.problem = ""
        """Why the last one failed."""

    async def place(self) -> Place:
        chosen = self._settings.folder
        if chosen is None and (kept := await self._store.meta.get(FOLDER)):
            chosen = Path(kept)
        there = chosen is not None and await asyncio.to_thread(chosen.is_dir)
        return Place(chosen, self._settings.keep, self._settings.folder is not None, there)

    async def choose(self, folder: str) -> None:
        """Where they go from now on; "" for nowhere. Raises RefusedError for what is no folder to write to."""
        if self._settings.folder is not None:
            raise RefusedError(_("The folder is chosen in the hub's settings file."))
        if folder:
            await asyncio.to_thread(self._check, folder)
        await self._store.meta.set(FOLDER, folder)
        self._listed, self._not_before = -1, None

    def _check(self, text: str) -> None:
        folder = Path(text)
        if len(text) > MAX_FOLDER_CHARS or not folder.is_absolute() or not folder.is_dir():
            raise RefusedError(
                _("There is no such folder on the hub's computer. It begins with a slash.")
            )
        if folder.resolve().is_relative_to(self._store.database.folder.resolve()):
            raise RefusedError(_("That is the hub's own folder: a backup there is lost with it."))
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise RefusedError(
                _("The hub can't write there: %(why)s.", why=error.strerror)
            ) from error

    async def kept(self) -> Sequence[Kept]:
        """Those that are there, the newest first."""
        folder = (await self.place()).folder
        return await asyncio.to_thread(backup.kept_in, folder) if folder else []

    async def ask(self) -> None:
        """Have one made by `run`. Raises RefusedError where there is no folder, or while one is made."""
        if not (await self.place()).is_there:
            raise RefusedError(_("First choose a folder for backups that is there."))
        if self.step or self._asked.is_set():
            raise RefusedError(_("A backup is being made already; please wait until it is done."))
        self._asked.set()

    @property
    def busy(self) -> bool:
        return self.step is not None or self._asked.is_set()

    async def key(self) -> str:
        """For the emergency sheet. Raises DataError."""
        return await asyncio.to_thread(backup.key_of, self._store.database.folder)

    async def try_one(self, name: str) -> Kept:
        """Restores one into a folder that is thrown away. Raises NotFoundError; RefusedError where it can't be."""
        place = await self.place()
        found = next((one for one in await self.kept() if one.name == name), None)
        if found is None or place.folder is None:
            raise NotFoundError(_("That backup is not there any more."))
        own = self._store.database.folder
        await asyncio.to_thread(backup.try_to_open, own, place.folder / name)
        return found

    async def bring_back(self, source: Path, key: str, gone_list: Path | None) -> Restored:
        """Make this new hub the household of a backup: it ends soon after, and starts as that.

        Raises RefusedError where somebody has a password here already, and as `hub.storage.restore.prepare`.
        """
        if await self._store.guardians.list():
            raise RefusedError(_("This hub has a family already, so nothing was brought back."))
        folder, now = self._store.database.folder, self._clock.now()
        done = await asyncio.to_thread(prepare, source, key, folder, now, gone_list)
        log.warning("a backup was brought back", made_at=done.made_at.isoformat())
        self._brought_back.set()
        return done

    async def wait(self) -> None:
        """Until one was brought back."""
        await self._brought_back.wait()

    async def run(self) -> None:
        """Until cancelled."""
        await self.tell_that_it_came_back()
        while True:
            now = self._clock.now()
            if self._asked.is_set() or self._not_before is None or now >= self._not_before:
                try:
                    await self.look()
                except PommaiError as error:
                    self._not_before = now + RETRY
                    log.error("no backup was made", error=str(error))
            try:
                async with self._clock.timeout(LOOK_EVERY_S):
                    await self._asked.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Make one if it was asked for, or none was made since the last night, and bring the list up to date.

        Raises PommaiError, after a grown-up was told.
        """
        asked, now = self._asked.is_set(), self._clock.now()
        folder = (await self.place()).folder
        if folder is None:
            self._asked.clear()
            return
        household = await self._store.household.get()
        self._not_before = None
        try:
            made = await asyncio.to_thread(backup.kept_in, folder)
            if asked or not made or made[0].made_at < _last_night(household, now):
                self.problem = ""
                await asyncio.to_thread(self._make, folder, now)
                self._listed = -1  # a list that is older than the backup counts for nothing
            await self._write_list(folder)
        except PommaiError as error:
            self.problem = str(error)
            today = household.local(now).date()
            if self._told_on != today:
                self._told_on = today
                reason = marked(
                    "%(problem)s. It is tried again every ten minutes.", problem=self.problem
                )
                await self._alerts.tell(
                    AlertLevel.WARNING, marked("No backup could be made"), {"reason": reason}
                )
            raise
        finally:
            self.step = None
            self._asked.clear()

    def _make(self, folder: Path, now: datetime) -> None:
        target = backup.dated(folder, now)
        size = backup.make(self._store.database.folder, target, now, self._at)
        old = backup.delete_old(folder, self._settings.keep)
        log.info("a backup was made", bytes=size, deleted=old)

    def _at(self, step: Step) -> None:
        self.step = step

    async def _write_list(self, folder: Path) -> None:
        last = await self._store.gone.last()
        if last == self._listed:
            return
        ids, now = await self._store.gone.list(), self._clock.now()
        identity = backup.identity_of(await self.key())
        try:
            await asyncio.to_thread(gone.write, folder, identity, ids, now)
        except OSError as error:
            raise DataError(
                _(
                    "%(folder)s: the list of what is gone can't be written (%(strerror)s)",
                    folder=folder,
                    strerror=error.strerror,
                )
            ) from error
        self._listed = last

    async def tell_that_it_came_back(self) -> None:
        """Once, after a backup was restored."""
        if told := await self._store.meta.get(TOLD_AS):
            restored = json.loads(told)
            words = WITH_LIST if restored["has_list"] else WITHOUT_LIST
            why = {"reason": marked(words, made_at=restored["made_at"])}
            await self._alerts.tell(AlertLevel.WARNING, CAME_BACK, why)
            await self._store.meta.set(TOLD_AS, "")


def _last_night(household: Household, now: datetime) -> datetime:
    """Two o'clock, of today or of yesterday."""
    tonight = household.midnight(household.local(now).date()) + NIGHT
    return tonight if tonight <= now else tonight - timedelta(days=1)
