"""Deleting what was said: hidden at once, and after a time to think better of it gone from the disk.

What is hidden stands in a narrow table of its own, so that a whole household's turns are hidden, or shown again,
in one transaction. Erasing goes in small ones: turns, what the index has of them, notes, and what alerts say of
their words. An alert itself stays, without words: that something happened, and when.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    exists,
    insert,
    literal,
    or_,
    select,
    update,
)

from hub.domain.talks.kept import Removal, RemovalScope, RemovalState
from hub.domain.talks.talk import UNFINISHED
from hub.errors import NotFoundError, RefusedError
from hub.events import AlertChanged, ToysChanged, TurnsRemoved
from hub.storage.database import Repository
from hub.storage.family.memories import erase_with
from hub.storage.repositories.toy_rows import being_removed
from hub.storage.repositories.turns import IS_SHOWN
from hub.storage.rows import Gone, from_row, next_revision, note_gone, to_row, upsert
from hub.storage.schema import (
    alerts,
    children,
    conversations,
    counters,
    hidden_turns,
    ledger,
    removals,
    toys,
    turn_notes,
    turns,
)
from hub.storage.talks.index import forget, merge
from hub.translation import gettext as _

ERASED_AT_ONCE = 100
"""Turns, in one transaction: some milliseconds."""
MAX_RECORDS = 100
"""Of what was deleted; older ones are forgotten."""
REMOVED = "removed"
"""The counter of the last revision at which turns went from what a page shows, or came back to it."""
ERASED = "words_erased"
"""The detail of an alert whose words were deleted with their turn."""


class _Whole(NamedTuple):
    table: Table
    kind: Gone
    said: Column[Any]
    """What a turn says of whose it is."""


WHOLE = {
    RemovalScope.WHOLE_TOY: _Whole(toys, Gone.TOY, turns.c.toy_id),
    RemovalScope.WHOLE_CHILD: _Whole(children, Gone.CHILD, turns.c.child_id),
}


class RemovalRepository(Repository):
    async def hide(
        self,
        scope: RemovalScope,
        which: str,
        due_at: datetime,
        period: tuple[datetime | None, datetime | None] = (None, None),
    ) -> Removal:
        """Delete what `scope` and `which` say, for DAY and OLDER what began in `period`; it can be undone until then.

        Turns that go on are left out. Raises NotFoundError where there is nothing. A toy or a child that `which`
        names is out of sight from then on, too, whatever was said.
        """
        removal = Removal(uuid.uuid4().hex, scope, which, self._clock.now(), due_at, 0)
        chosen = and_(IS_SHOWN, turns.c.state.not_in(UNFINISHED), *_chosen(scope, which, period))

        def work(connection: Connection) -> Removal:
            connection.execute(insert(removals).values(to_row(removal, removals)))
            numbers = select(turns.c.number, literal(removal.id)).where(chosen)
            hiding = insert(hidden_turns).from_select(["turn_number", "removal_id"], numbers)
            count = connection.execute(hiding).rowcount
            if count == 0 and scope not in WHOLE:
                raise NotFoundError(_("there is nothing to delete; perhaps it was deleted already"))
            change = update(removals).where(removals.c.id == removal.id).values(turns=count)
            row = connection.execute(change.returning(removals)).mappings().one()
            _note_removed(connection)
            return _removal(row)

        return await self._database.write(work, self._tell)

    async def undo(self, removal_id: str) -> Removal:
        """Show them again. Raises NotFoundError, and RefusedError once it is too late."""
        now = self._clock.now()

        def work(connection: Connection) -> Removal:
            removal = _get(connection, removal_id)
            if removal.state is not RemovalState.WAITING or removal.due_at <= now:
                raise RefusedError(_("that can't be undone any more: it is being erased, or gone"))
            connection.execute(delete(removals).where(removals.c.id == removal_id))
            _note_removed(connection)
            return removal

        return await self._database.write(work, self._tell)

    def _tell(self, removal: Removal) -> None:
        self._bus.publish(TurnsRemoved())
        if removal.scope in WHOLE:
            self._bus.publish(ToysChanged())

    async def list(self) -> Sequence[Removal]:
        """What was deleted, the newest first."""
        query = select(removals).order_by(removals.c.number.desc()).limit(MAX_RECORDS)
        return await self._database.rows(query, _removal)

    async def names(self) -> Mapping[str, str]:
        """Of the toys and children that were removed and are still on the disk, by their ids."""
        queries = [
            select(whole.table.c.id, whole.table.c.name).where(
                whole.table.c.id.in_(being_removed(scope))
            )
            for scope, whole in WHOLE.items()
        ]

        def work(connection: Connection) -> dict[str, str]:
            return {row.id: row.name for query in queries for row in connection.execute(query)}

        return await self._database.read(work)

    async def unfinished(self) -> Sequence[Removal]:
        """What is not gone from the disk yet, what is due first before the others."""
        query = select(removals).where(removals.c.state != RemovalState.DONE)
        return await self._database.rows(query.order_by(removals.c.due_at), _removal)

    async def last_revision(self) -> int:
        """At which turns went or came back; who saw less than this had better load its page again."""
        query = select(counters.c.value).where(counters.c.name == REMOVED)
        return await self._database.read(lambda connection: connection.scalar(query) or 0)

    async def erase_some(self, removal: Removal) -> int:
        """Take some of its turns off the database; how many. 0: there are no more."""
        whose = select(hidden_turns.c.turn_number).where(hidden_turns.c.removal_id == removal.id)
        if removal.scope in WHOLE:  # also what was said until just now
            over = turns.c.state.not_in(UNFINISHED)
            whose = select(turns.c.number).where(over, WHOLE[removal.scope].said == removal.which)
        keep_notes, now = removal.scope is RemovalScope.OLDER, self._clock.now()
        changed: list[str] = []

        def work(connection: Connection) -> int:
            numbers = list(connection.scalars(whose.limit(ERASED_AT_ONCE)))
            connection.execute(
                update(removals)
                .where(removals.c.id == removal.id)
                .values(state=RemovalState.ERASING)
            )
            changed[:] = erase_turns(connection, numbers, now, keep_notes=keep_notes)
            return len(numbers)

        def after(_: int) -> None:
            for alert_id in changed:
                self._bus.publish(AlertChanged(alert_id))

        return await self._database.write(work, after)

    async def forget_whole(self, removal: Removal) -> bool:
        """Take the toy or the child itself off the database; False while one of its turns goes on."""
        if removal.scope not in WHOLE:
            return True
        whole, now = WHOLE[removal.scope], self._clock.now()

        def work(connection: Connection) -> bool:
            still = select(turns.c.number).where(whole.said == removal.which).limit(1)
            if connection.scalar(still) is not None:
                return False
            connection.execute(delete(whole.table).where(whole.table.c.id == removal.which))
            note_gone(connection, whole.kind, [removal.which], now)
            return True

        return await self._database.write(work, lambda _: self._bus.publish(ToysChanged()))

    async def clean_index(self) -> None:
        """Write the index anew without what was erased, a part at a time."""
        begin = True
        while await self._database.write(partial(_merge, begin)):
            begin = False

    async def clean_log(self) -> bool:
        """Empty the write-ahead log, which still has pages as they were; whether that was possible now."""
        return await self._database.empty_log()

    async def finish(self, removal: Removal) -> None:
        """Keep that it is gone: when, and how much."""
        is_one = removal.scope in (
            *(RemovalScope.TURN, RemovalScope.TALK, RemovalScope.VISIT),
            *WHOLE,
        )
        own: dict[str, Any] = {"state": RemovalState.DONE, "ended_at": self._clock.now()}
        if is_one:
            own["which"] = ""  # the id of what is gone tells nobody anything

        def work(connection: Connection) -> None:
            connection.execute(update(removals).where(removals.c.id == removal.id).values(own))
            newest = select(removals.c.number).order_by(removals.c.number.desc())
            connection.execute(
                delete(removals).where(
                    removals.c.state == RemovalState.DONE,
                    removals.c.number.not_in(newest.limit(MAX_RECORDS)),
                )
            )

        await self._write(work, TurnsRemoved())


def _merge(begin: bool, connection: Connection) -> bool:
    return merge(connection, begin)


_removal: Callable[[Any], Removal] = partial(from_row, Removal)


def _get(connection: Connection, removal_id: str) -> Removal:
    query = select(removals).where(removals.c.id == removal_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError(_("there is nothing to undo: it was undone already, or is long gone"))
    return _removal(row)


def _chosen(
    scope: RemovalScope, which: str, period: tuple[datetime | None, datetime | None]
) -> list[ColumnElement[bool]]:
    begins, ends = period
    match scope:
        case RemovalScope.TURN:
            return [turns.c.id == which]
        case RemovalScope.TALK:
            return [turns.c.conversation_id == which]
        case RemovalScope.TOY | RemovalScope.WHOLE_TOY:
            return [turns.c.toy_id == which]
        case RemovalScope.CHILD | RemovalScope.WHOLE_CHILD:
            return [turns.c.child_id == which]
        case RemovalScope.DAY:
            return [turns.c.started_at >= begins, turns.c.started_at < ends]
        case RemovalScope.VISIT:
            return [turns.c.visit_id == which, *_not_awaited()]
        case RemovalScope.OLDER:
            return [turns.c.started_at < ends, *_not_needed()]
        case RemovalScope.EVERYTHING:
            return []


def _not_needed() -> list[ColumnElement[bool]]:
    """What a parent bookmarked, and what an alert that nobody has acknowledged is about, is kept."""
    marked = select(turn_notes.c.turn_id).where(turn_notes.c.bookmarked)
    return [turns.c.id.not_in(marked), *_not_awaited()]


def _not_awaited() -> list[ColumnElement[bool]]:
    """What an alert that nobody has acknowledged is about, is kept."""
    unseen = alerts.c.acknowledged_at.is_(None)
    told = select(alerts.c.turn_id).where(unseen, alerts.c.turn_id.is_not(None))
    again = select(alerts.c.last_turn_id).where(unseen, alerts.c.last_turn_id.is_not(None))
    return [turns.c.id.not_in(told), turns.c.id.not_in(again)]


def _note_removed(connection: Connection) -> None:
    upsert(connection, counters.c.name, {"name": REMOVED, "value": next_revision(connection)})


def erase_turns(
    connection: Connection, numbers: Sequence[int], now: datetime, *, keep_notes: bool = False
) -> Sequence[str]:
    """Gives the alerts that lost their words. `keep_notes`: they are too old, and what parents wrote stays."""
    rows = connection.execute(
        select(turns.c.id, turns.c.conversation_id).where(turns.c.number.in_(numbers))
    ).all()
    ids = [row.id for row in rows]
    talks = {row.conversation_id for row in rows}
    told = _forget_words(connection, ids, keep_notes)
    if not keep_notes:
        erase_with(connection, ids)
        note_gone(connection, Gone.TURN, ids, now)
    forget(connection, numbers)
    connection.execute(update(ledger).where(ledger.c.turn_id.in_(ids)).values(turn_id=None))
    connection.execute(delete(turns).where(turns.c.number.in_(numbers)))
    still = exists().where(turns.c.conversation_id == conversations.c.id)
    connection.execute(delete(conversations).where(conversations.c.id.in_(talks), ~still))
    return told


def _forget_words(connection: Connection, ids: Sequence[str], keep_notes: bool) -> Sequence[str]:
    """What alerts of these turns say of what was said; of one with another turn, nothing."""
    about = or_(alerts.c.turn_id.in_(ids), alerts.c.last_turn_id.in_(ids))
    rows = connection.execute(select(alerts).where(about)).mappings().all()
    for row in rows:
        values: dict[str, Any] = {"revision": next_revision(connection)}
        left = {row["turn_id"], row["last_turn_id"]} - {*ids, None}
        if row["last_turn_id"] in ids:
            values["last_turn_id"] = None
        if not left:
            details = {name: text for name, text in row["details"].items() if name != "reason"}
            values["details"] = details | {ERASED: "yes"}
            if not keep_notes:
                values["note"] = ""
        connection.execute(update(alerts).where(alerts.c.id == row["id"]).values(values))
    return [row["id"] for row in rows]
