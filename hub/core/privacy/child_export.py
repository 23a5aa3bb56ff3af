"""All that is kept of one child, some rows at a time, and nothing that another child said.

    async for part, rows in child_export(store, child_id): ...

What was said to a shared toy is the child's where it is known that they spoke. An alert is among it where each turn
that it is about is the child's.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from hub.core.privacy.export import ROWS_AT_ONCE, as_plain
from hub.domain.talks.talk import TurnState
from hub.storage import schema
from hub.storage.family.memories import MEMORY_IS_SHOWN
from hub.storage.repositories.turns import IS_SHOWN
from hub.storage.store import Store

Rows = Sequence[Mapping[str, Any]]
FIGURES: Final = "figures"
LEFT_OUT: Final[Mapping[str, frozenset[str]]] = {
    "turns": frozenset({"revision", "number"}),
    "memories": frozenset({"mark", "number"}),
    "voice_hints": frozenset({"voice"}),
    "alerts": frozenset({"revision", "number", "addressed"}),
}
"""The hub's own marks, which say nothing of a child; and numbers that are of use to its own network alone."""
TOY_COLUMNS: Final = ("id", "name")
"""A toy is not only this child's: its character and settings are none of what is kept of them."""


async def child_export(store: Store, child_id: str) -> AsyncGenerator[tuple[str, Rows]]:
    """Parts by name, as the database calls them; a long one comes in several pieces. Raises DataError."""
    for table, whose in _tables(child_id):
        after: Sequence[Any] | None = None
        while rows := await store.database.read(partial(_page, table, whose, after)):
            after = [rows[-1][column.name] for column in table.primary_key]
            yield table.name, [_plain(table, row) for row in rows]
    yield FIGURES, [await store.database.read(partial(_figures, child_id))]


def _own(child_id: str) -> ColumnElement[bool]:
    return and_(schema.turns.c.child_id == child_id, IS_SHOWN)


def _tables(child_id: str) -> Sequence[tuple[Table, ColumnElement[bool]]]:
    own = select(schema.turns.c.id).where(_own(child_id))
    theirs = select(schema.toy_children.c.toy_id).where(schema.toy_children.c.child_id == child_id)
    alerts = schema.alerts.c
    return (
        (schema.children, schema.children.c.id == child_id),
        (schema.toys, schema.toys.c.id.in_(theirs)),
        (schema.play_limits, schema.play_limits.c.child_id == child_id),
        (schema.play_grants, schema.play_grants.c.child_id == child_id),
        (schema.games, schema.games.c.child_id == child_id),
        (schema.memory_choices, schema.memory_choices.c.child_id == child_id),
        (schema.voice_hints, schema.voice_hints.c.child_id == child_id),
        (schema.memories, and_(schema.memories.c.child_id == child_id, MEMORY_IS_SHOWN)),
        (
            schema.alerts,
            and_(
                alerts.turn_id.in_(own),
                or_(alerts.last_turn_id.is_(None), alerts.last_turn_id.in_(own)),
            ),
        ),
        (schema.turns, _own(child_id)),
        (schema.turn_notes, schema.turn_notes.c.turn_id.in_(own)),
    )


def _page(
    table: Table, whose: ColumnElement[bool], after: Sequence[Any] | None, connection: Connection
) -> Rows:
    """The next rows by the table's key, of which each of these tables has one column."""
    [key] = table.primary_key
    query = select(table).where(whose)
    if after is not None:
        query = query.where(key > after[0])
    rows = connection.execute(query.order_by(key).limit(ROWS_AT_ONCE)).mappings()
    return [dict(row) for row in rows]


def _plain(table: Table, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """As JSON can say it, without the hub's own marks."""
    left_out = LEFT_OUT.get(table.name, frozenset())
    names = TOY_COLUMNS if table is schema.toys else row
    return {name: as_plain(row[name]) for name in names if name not in left_out}


def _figures(child_id: str, connection: Connection) -> Mapping[str, Any]:
    turns = schema.turns.c
    query = select(
        func.count(),
        func.min(turns.started_at),
        func.max(turns.started_at),
        func.coalesce(func.sum(turns.audio_in_ms + turns.audio_out_ms), 0),
    ).where(_own(child_id))
    exchanges, first, last, spoken_ms = connection.execute(query).one()
    refused = select(func.count()).where(_own(child_id), turns.state == TurnState.REFUSED)
    return {
        "exchanges": exchanges,
        "redirected": connection.scalar(refused),
        "minutes": round(spoken_ms / 60_000, 1),
        "first_at": as_plain(first),
        "last_at": as_plain(last),
    }
