"""The household's backups: one each night, or when a grown-up asks; the list of what is gone beside them; and back.

They go to a folder, or to a server. One is made at two by the household's clock, or as soon as the hub runs again.
Where that fails, a grown-up is told, once a day. The list is written within half a minute of what was erased or
revoked.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from hub.alerts.maker import AlertMaker
from hub.config import BackupSection
from hub.core.backups.places import MAX_FOLDER_CHARS, BackupPlaces, Place
from hub.domain.backups import BackupServer
from hub.domain.clock import Clock
from hub.domain.household import Household
from hub.domain.safety import AlertLevel
from hub.egress.backup_servers.folder import room_in
from hub.egress.backup_servers.sending import BackupServers
from hub.errors import DataError, NotFoundError, PommaiError, RefusedError
from hub.providers.clouds import CloudSwitch
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


class Backups:
    def __init__(
        self,
        store: Store,
        settings: BackupSection,
        alerts: AlertMaker,
        clock: Clock,
        clouds: CloudSwitch | None = None,
    ) -> None:
        """`clouds` None: nothing leaves the home."""
        self._servers = BackupServers(store, clouds or CloudSwitch(), clock)
        self._places = BackupPlaces(store, settings, self._servers, clock)
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
        self.sent_percent = 0
        """Of what goes to the server."""
        self.problem = ""
        """Why the last one failed."""

    async def place(self) -> Place:
        return await self._places.get()

    async def choose(self, folder: str) -> None:
        """They go there from now on, "" for nowhere. Raises as `BackupPlaces`."""
        await self._places.choose(folder)
        self._start_anew()

    async def choose_server(self, server: BackupServer, *, agreed: bool) -> None:
        """They go there from now on. Raises as `BackupPlaces`."""
        await self._places.choose_server(server, agreed=agreed)
        self._start_anew()

    def _start_anew(self) -> None:
        self._listed, self._not_before, self.problem = -1, None, ""

    async def kept(self) -> Sequence[Kept]:
        """Those that are there, the newest first; on a server those that were when it was last looked at."""
        return await self._places.kept()

    async def ask(self) -> None:
        """Have one made by `run`. Raises RefusedError where there is no folder, or while one is made."""
        if not (await self.place()).is_there:
            raise RefusedError(_("First choose where backups go; a folder must be there."))
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
        if found is None or not place.is_there:
            raise NotFoundError(_("That backup is not there any more."))
        own = self._store.database.folder
        with backup.scratch_in(own) as scratch:
            folder = place.folder
            if place.server:
                folder = scratch
                await self._servers.get(place.server, name, scratch / name, room_in(scratch))
            assert folder, "there is the one or the other"
            await asyncio.to_thread(backup.try_to_open, own, folder / name)
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

    async def bring_back_from(self, server: BackupServer, key: str) -> Restored:
        """The same with the newest one on a server, and the list beside it. Raises as `BackupServers`, too."""
        with backup.scratch_in(self._store.database.folder) as scratch:
            newest = await self._servers.get_newest(server, key, scratch)
            return await self.bring_back(newest, key, None)

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
        place = await self.place()
        if place.folder is None and place.server is None:
            self._asked.clear()
            return
        household = await self._store.household.get()
        self._not_before = None
        try:
            made = await self.kept()
            if asked or not made or made[0].made_at < _last_night(household, now):
                self.problem = ""
                if place.server:
                    await self._send_one(place.server, now)
                elif place.folder:
                    await asyncio.to_thread(self._make, place.folder, now)
                self._listed = -1  # a list that is older than the backup counts for nothing
            await self._write_list(place)
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

    async def _send_one(self, server: BackupServer, now: datetime) -> None:
        """Make one, and take it there. The server is asked first, as making one takes a while."""
        await self._servers.kept(server)
        own = self._store.database.folder
        with backup.scratch_in(own) as scratch:
            made = backup.dated(scratch, now)
            size = await asyncio.to_thread(backup.make, own, made, now, self._at)
            sent = 0

            def told(more: int) -> None:
                nonlocal sent
                sent += more
                self.sent_percent = 100 * sent // size

            self.sent_percent, self.step = 0, Step.SENDING
            with made.open("rb") as file:
                await self._servers.put(server, made.name, file, told)
        kept = await self._servers.delete_old(server, self._settings.keep)
        await self._places.remember(kept)
        log.info("a backup was sent", bytes=size, kept=len(kept))

    async def _write_list(self, place: Place) -> None:
        last = await self._store.gone.last()
        if last == self._listed:
            return
        if place.folder:
            await self._add_to_list(place.folder)
        elif place.server:
            with backup.scratch_in(self._store.database.folder) as scratch:
                path = gone.list_beside(scratch, backup.identity_of(await self.key()))
                with suppress(NotFoundError):
                    await self._servers.get(place.server, path.name, path, gone.MAX_LIST_BYTES)
                await self._add_to_list(scratch)
                with path.open("rb") as file:
                    await self._servers.put(place.server, path.name, file)
        self._listed = last

    async def _add_to_list(self, folder: Path) -> None:
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
