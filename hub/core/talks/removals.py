"""Deleting what was said: at once out of sight, a minute to think better of it, then gone from the disk.

    removal = await hub.removals.ask(RemovalScope.TALK, talk_id)
    await hub.removals.undo(removal.id)

`run` erases what is due: rows and index are overwritten with zeros (`secure_delete`), the index is written anew and
the write-ahead log emptied. When a removal falls due stands in the database, so a restart changes nothing of it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from hub.domain.clock import Clock
from hub.domain.talks.kept import ASKED_ELSEWHERE, Removal, RemovalScope
from hub.errors import DataError, NotFoundError, RefusedError
from hub.events import Bus, Missed, Subscription, TurnsRemoved
from hub.storage.store import Store
from hub.translation import gettext as _

UNDO: Final = timedelta(minutes=1)
RETRY_S: Final = 30.0
"""After the disk refused, or somebody else read the database just then."""
MAX_WAIT_S: Final = 3600.0
"""The household's clock may be set meanwhile, so it is looked at now and then."""

log = structlog.get_logger()


class Removals:
    def __init__(self, store: Store, bus: Bus, clock: Clock) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock

    async def ask(self, scope: RemovalScope, which: str = "") -> Removal:
        """Hide what is to be deleted; from a minute on it can't be undone, and is erased.

        `which` is the id of a turn, a talk, a toy or a child, or a day; see `RemovalScope`. Raises NotFoundError
        where there is nothing to delete, and RefusedError for what is no day, or is deleted otherwise.
        """
        due_at = self._clock.now() + UNDO
        if scope is RemovalScope.DAY:
            return await self._store.removals.hide(scope, which, due_at, await self._day(which))
        if scope in ASKED_ELSEWHERE:
            raise RefusedError(
                _("toys and children are removed as such, and what is too old is deleted by itself")
            )
        return await self._store.removals.hide(scope, which, due_at)

    async def ask_all_with(self, toy_id: str) -> Removal | None:
        """The same of all that was said with a toy; None where nothing was."""
        try:
            return await self.ask(RemovalScope.TOY, toy_id)
        except NotFoundError:
            return None

    async def remove_toy(self, toy_id: str) -> Removal:
        """Remove a toy with all that was said with it, and its limits; it had better live in no device.

        Alerts stay, without words. It can be undone for a minute. Raises NotFoundError.
        """
        if await self._store.toys.get(toy_id) is None:
            raise NotFoundError(_("there is no such toy: it was removed meanwhile"))
        return await self._remove(RemovalScope.WHOLE_TOY, toy_id)

    async def remove_child(self, child_id: str) -> Removal:
        """Remove a child's profile, memories and limits, and all that is known to be theirs; the same holds."""
        if await self._store.children.get(child_id) is None:
            raise NotFoundError(_("there is no such child: they were removed meanwhile"))
        return await self._remove(RemovalScope.WHOLE_CHILD, child_id)

    async def _remove(self, scope: RemovalScope, which: str) -> Removal:
        return await self._store.removals.hide(scope, which, self._clock.now() + UNDO)

    async def undo(self, removal_id: str) -> Removal:
        """Show it again. Raises NotFoundError, and RefusedError once it is too late."""
        return await self._store.removals.undo(removal_id)

    async def list(self) -> Sequence[Removal]:
        """What was deleted, the newest first."""
        return await self._store.removals.list()

    async def names(self) -> Mapping[str, str]:
        """Of the toys and children that were removed and are still on the disk, by their ids."""
        return await self._store.removals.names()

    async def last_revision(self) -> int:
        """The last revision at which turns went or came back."""
        return await self._store.removals.last_revision()

    def copies(self) -> Sequence[Path]:
        """Copies of the database from before it was brought to a new form, or replaced: they keep their words."""
        return sorted((self._store.database.folder / "backups").glob("**/pommai*.db"))

    async def delete_copies(self) -> None:
        """Delete these copies. Raises DataError."""
        await asyncio.to_thread(self._delete_copies)

    def _delete_copies(self) -> None:
        for copy in self.copies():
            try:
                for path in copy.parent.glob(f"{copy.name}*"):  # its log, too
                    path.unlink(missing_ok=True)
            except OSError as error:
                raise DataError(
                    _("%(copy)s can't be deleted: %(strerror)s", copy=copy, strerror=error.strerror)
                ) from error

    async def run(self) -> None:
        """Erase what is due, until cancelled."""
        with self._bus.subscribe() as changes:
            while True:
                wait_s = await self._erase_due()
                await self._next(changes, wait_s)

    async def _next(self, changes: Subscription, wait_s: float) -> None:
        try:
            async with self._clock.timeout(wait_s):
                while not isinstance(await changes.get(), TurnsRemoved | Missed):
                    pass
        except TimeoutError:
            return

    async def _erase_due(self) -> float:
        """Gives after how many seconds to look again."""
        try:
            for removal in await self._store.removals.unfinished():
                wait_s = (removal.due_at - self._clock.now()).total_seconds()
                if wait_s > 0:
                    return min(wait_s, MAX_WAIT_S)
                if not await self.erase(removal):
                    return RETRY_S
        except DataError as error:
            log.warning("what was deleted is not gone from the disk yet", error=str(error))
            return RETRY_S
        return MAX_WAIT_S

    async def erase(self, removal: Removal) -> bool:
        """Take it off the disk; whether nothing of it is left there. If not, ask again later. Raises DataError."""
        kept = self._store.removals
        while await kept.erase_some(removal):
            pass
        if not await kept.forget_whole(removal):
            return False
        await kept.clean_index()
        if removal.scope is RemovalScope.WHOLE_TOY:
            await self._store.documents.clean_index()
        if not await kept.clean_log():
            return False
        await kept.finish(removal)
        if not await kept.clean_log():
            log.warning("the write-ahead log is in use, and is emptied later")
        log.info("what was deleted is gone from the disk", turns=removal.turns)
        return True

    async def _day(self, text: str) -> tuple[datetime, datetime]:
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise RefusedError(
                _("%(text)s is no day: write it as 2026-11-21", text=repr(text[:20]))
            ) from error
        household = await self._store.household.get()
        return household.midnight(day), household.midnight(day + timedelta(days=1))
