"""What toys remember of each child, what was replaced, and what they were asked to forget."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from hub.domain.family.memories import (
    MAX_MEMORIES,
    ChildMemories,
    Memory,
    MemoryChoice,
    MemorySource,
)
from hub.domain.talks.kept import RemovalScope
from hub.domain.talks.talk import Turn
from hub.errors import NotFoundError, RefusedError
from hub.events import MemoriesChanged
from hub.storage.database import Repository
from hub.storage.repositories.turns import turn_from_row
from hub.storage.rows import Gone, Row, from_row, note_gone, to_row, upsert
from hub.storage.schema import (
    children,
    erased_memories,
    forgotten_turns,
    hidden_turns,
    memories,
    memory_choices,
    removals,
    turns,
)
from hub.translation import gettext as _

MAX_LOOKED_THROUGH = 500
"""A child's last turns, in which what was erased may stand; models are told of far fewer."""


class MemoryRepository(Repository):
    """A line whose turn a parent deleted is hidden with it, and comes back where that is undone."""

    async def choices(self) -> Mapping[str, MemoryChoice]:
        """By the child's id; who isn't in it was never chosen for."""
        query = select(memory_choices)
        rows = await self._database.rows(query, lambda row: (row["child_id"], _choice(row)))
        return dict(rows)

    async def choose(self, child_id: str, choice: MemoryChoice) -> None:
        """Raises DataError where there is no such child."""
        row = to_row(choice, memory_choices, child_id=child_id)
        await self._write(
            lambda connection: upsert(connection, memory_choices.c.child_id, row),
            MemoriesChanged(child_id),
        )

    async def list(self, child_id: str) -> Sequence[Memory]:
        """All lines of a child, those that were replaced too, the newest first."""
        query = select(memories).where(memories.c.child_id == child_id, MEMORY_IS_SHOWN)
        return await self._database.rows(query.order_by(memories.c.number.desc()), _memory)

    async def get(self, memory_id: str) -> Memory:
        """Raises NotFoundError."""
        query = select(memories).where(memories.c.id == memory_id, MEMORY_IS_SHOWN)
        found = await self._database.row(query, _memory)
        if found is None:
            raise NotFoundError(_("there is no such memory: it was erased already"))
        return found

    async def known(self, child_ids: Collection[str]) -> Sequence[ChildMemories]:
        """What may be used of these children, by their ids."""

        def work(connection: Connection) -> list[ChildMemories]:
            query = (
                select(children.c.id, children.c.name, memory_choices)
                .outerjoin(memory_choices, memory_choices.c.child_id == children.c.id)
                .where(children.c.id.in_(child_ids))
                .order_by(children.c.id)
            )
            current = select(memories).where(
                memories.c.child_id.in_(child_ids),
                memories.c.replaced_at.is_(None),
                MEMORY_IS_SHOWN,
            )
            newest = current.order_by(memories.c.number.desc())
            lines = [_memory(row) for row in connection.execute(newest).mappings()]
            return [
                ChildMemories(
                    row["id"],
                    row["name"],
                    _choice(row) if row["child_id"] else MemoryChoice(),
                    tuple(line for line in lines if line.child_id == row["id"]),
                )
                for row in connection.execute(query).mappings()
            ]

        return await self._database.read(work)

    async def add(self, memory: Memory, mark: str, *, again: bool = False) -> bool:
        """Keep a line, unless the child's toys know it, or were asked to forget it; whether it was kept.

        A line about the same is replaced. `again`: also what was erased once. Raises RefusedError where a child's toys
        know too much already.
        """
        row = to_row(memory, memories, mark=mark)
        own = memories.c.child_id == memory.child_id
        erased = and_(erased_memories.c.child_id == memory.child_id, erased_memories.c.mark == mark)

        def work(connection: Connection) -> bool:
            if again:
                connection.execute(delete(erased_memories).where(erased))
            known = select(memories.c.id).where(
                own, memories.c.mark == mark, memories.c.replaced_at.is_(None)
            )
            unwanted = select(erased_memories.c.mark).where(erased)
            gone = select(forgotten_turns.c.turn_id).where(
                forgotten_turns.c.turn_id == memory.turn_id
            )
            if any(connection.scalar(query) is not None for query in (known, unwanted, gone)):
                return False
            _make_room(connection, own)
            if memory.about:
                connection.execute(
                    update(memories)
                    .where(own, memories.c.about == memory.about, memories.c.replaced_at.is_(None))
                    .values(replaced_at=memory.learned_at, replaced_by=memory.id)
                )
            connection.execute(insert(memories).values(row))
            return True

        def after(kept: bool) -> None:
            if kept:
                self._bus.publish(MemoriesChanged(memory.child_id))

        return await self._database.write(work, after)

    async def put_right(self, memory_id: str, text: str, mark: str) -> Memory:
        """Keep a parent's own form of a line. Raises NotFoundError."""
        values = {"text": text, "mark": mark, "source": MemorySource.PARENT, "sure": 1.0}
        change = update(memories).where(memories.c.id == memory_id).values(values)

        def work(connection: Connection) -> Memory:
            changed = connection.execute(change.returning(memories)).mappings().first()
            if changed is None:
                raise NotFoundError(_("there is no such memory: it was erased meanwhile"))
            return _memory(changed)

        def after(changed: Memory) -> None:
            self._bus.publish(MemoriesChanged(changed.child_id))

        return await self._database.write(work, after)

    async def erase(self, child_id: str, ids: Collection[str], turn_ids: Iterable[str] = ()) -> int:
        """Erase these lines of a child with what they replaced, and tell no model of `turn_ids` any more; how many."""

        now = self._clock.now()

        def work(connection: Connection) -> int:
            own = memories.c.child_id == child_id
            replaced = or_(memories.c.id.in_(ids), memories.c.replaced_by.in_(ids))
            erased = erase_lines(connection, and_(own, replaced), now)
            _forget(connection, turn_ids)
            return erased

        return await self._write(work, MemoriesChanged(child_id))

    async def forget_turns(self, turn_ids: Iterable[str]) -> None:
        """No model is told of these any more."""
        await self._database.write(lambda connection: _forget(connection, turn_ids))

    async def last_turns(self, child_id: str, toy_ids: Collection[str]) -> Sequence[Turn]:
        """The last turns of a child, and those of its toys that may be its own, the newest first."""
        query = (
            select(turns)
            .where(or_(turns.c.child_id == child_id, turns.c.toy_id.in_(toy_ids)))
            .order_by(turns.c.number.desc())
            .limit(MAX_LOOKED_THROUGH)
        )
        return await self._database.rows(query, turn_from_row)


def erase_lines(connection: Connection, going: ColumnElement[bool], now: datetime) -> int:
    """Nothing proposes them again, and no model is told of their turns any more; how many."""
    rows = connection.execute(select(memories).where(going)).mappings().all()
    for child_id, mark in {(row["child_id"], row["mark"]) for row in rows}:
        key = {"child_id": child_id, "mark": mark}
        connection.execute(delete(erased_memories).filter_by(**key))
        connection.execute(insert(erased_memories).values(key))
    connection.execute(delete(memories).where(going))
    _forget(connection, {row["turn_id"] for row in rows})
    note_gone(connection, Gone.MEMORY, [row["id"] for row in rows], now)
    return len(rows)


def erase_with(connection: Connection, turn_ids: Sequence[str]) -> None:
    """A parent deleted these turns: what was remembered of them goes, too."""
    connection.execute(delete(memories).where(memories.c.turn_id.in_(turn_ids)))


def _make_room(connection: Connection, own: ColumnElement[bool]) -> None:
    """Drop the oldest line that was replaced, where there is no more room. Raises RefusedError."""
    count = select(func.count()).select_from(memories).where(own)
    if (connection.scalar(count) or 0) < MAX_MEMORIES:
        return
    replaced = select(func.min(memories.c.number)).where(own, memories.c.replaced_at.is_not(None))
    oldest = connection.scalar(replaced)
    if oldest is None:
        raise RefusedError(
            _("%(most)s lines are remembered already: erase some first", most=MAX_MEMORIES)
        )
    connection.execute(delete(memories).where(memories.c.number == oldest))


def _forget(connection: Connection, turn_ids: Iterable[str]) -> None:
    there = select(turns.c.id).where(
        turns.c.id.in_([*turn_ids]), turns.c.id.not_in(select(forgotten_turns.c.turn_id))
    )
    connection.execute(insert(forgotten_turns).from_select(["turn_id"], there))


MEMORY_IS_SHOWN = memories.c.turn_id.not_in(
    select(turns.c.id)
    .join(hidden_turns, hidden_turns.c.turn_number == turns.c.number)
    .join(removals, removals.c.id == hidden_turns.c.removal_id)
    .where(removals.c.scope != RemovalScope.OLDER)
)
"""Its turn was not deleted by a parent."""

_memory = partial(from_row, Memory)


def _choice(row: Row) -> MemoryChoice:
    return from_row(MemoryChoice, row)
