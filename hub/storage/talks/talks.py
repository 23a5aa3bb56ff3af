"""Talks as a family reads them: in a list, the newest first, one after the other in their turns, and by a search."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Text,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from hub.domain.talks.kept import TalkSearch, TalkSummary
from hub.domain.talks.talk import PAGE, Turn
from hub.errors import NotFoundError
from hub.storage.database import Repository
from hub.storage.repositories.turns import IS_SHOWN, turn_from_row
from hub.storage.rows import from_row
from hub.storage.schema import conversations, turn_notes, turns
from hub.storage.talks.index import found
from hub.translation import gettext as _

EXPORTED_AT_ONCE = 200
"""Turns that are in memory at a time while many are written out."""

Period = tuple[datetime | None, datetime | None]
"""From, and until but not at; None is open."""
ALWAYS: Period = (None, None)


@dataclass(frozen=True, slots=True)
class TalkPage:
    """Some turns of one talk, the oldest first."""

    turns: Sequence[Turn]
    summary: TalkSummary
    earlier: str
    """The first turn of the page before this one, "" where this is the first page."""
    later: str
    """The first turn of the page after this one, "" where this is the last."""


class TalkRepository(Repository):
    async def list(
        self, limit: int, *, toy_id: str = "", period: Period = ALWAYS, before: str = ""
    ) -> Sequence[TalkSummary]:
        """The newest first; `before` is a talk's id: only what began earlier. Nothing for one that isn't there."""
        has_turns = exists().where(turns.c.conversation_id == conversations.c.id, IS_SHOWN)
        query = (
            select(conversations.c.id)
            .where(has_turns, *_within(conversations.c.started_at, period))
            .order_by(conversations.c.started_at.desc(), conversations.c.id.desc())
            .limit(limit)
        )
        if toy_id:
            query = query.where(conversations.c.toy_id == toy_id)
        if before:
            place = tuple_(conversations.c.started_at, conversations.c.id)
            last = select(conversations.c.started_at, conversations.c.id)
            query = query.where(place < last.where(conversations.c.id == before).scalar_subquery())

        def work(connection: Connection) -> Sequence[TalkSummary]:
            return _summaries(connection, list(connection.scalars(query)))

        return await self._database.read(work)

    async def page(self, talk_id: str, limit: int, *, at: str = "") -> TalkPage:
        """`limit` turns of a talk from the turn `at` on, from its beginning without one. Raises NotFoundError."""

        def work(connection: Connection) -> TalkPage:
            summaries = _summaries(connection, [talk_id])
            if not summaries:
                raise NotFoundError(_("there is no such talk; perhaps it was deleted"))
            of_talk = select(turns).where(turns.c.conversation_id == talk_id, IS_SHOWN)
            number = _number_of(connection, at) or 0
            shown = of_talk.where(turns.c.number >= number).order_by(turns.c.number)
            rows = connection.execute(shown.limit(limit + 1)).mappings().all()
            first = rows[0]["number"] if rows else number
            earlier = of_talk.where(turns.c.number < first).order_by(turns.c.number.desc())
            ids = [row["id"] for row in connection.execute(earlier.limit(limit)).mappings()]
            return TalkPage(
                turns=[turn_from_row(row) for row in rows[:limit]],
                summary=summaries[0],
                earlier=ids[-1] if ids else "",
                later=rows[limit]["id"] if len(rows) > limit else "",
            )

        return await self._database.read(work)

    async def search(
        self, search: TalkSearch, limit: int, *, period: Period = ALWAYS, before: str = ""
    ) -> Sequence[Turn]:
        """Turns that are over and like that, the newest first; `before` is a turn's id.

        `period` is that of `search.day`. Raises RefusedError for words that can't be looked for.
        """

        def work(connection: Connection) -> Sequence[Turn]:
            last = _number_of(connection, before) if before else None
            if before and last is None:
                return []
            numbers = _numbers(connection, period)
            if numbers is None:
                return []
            # A clock that was set back puts a turn of another day among those of the day.
            like_that = found(connection, search, numbers=numbers, before=last, limit=limit)
            query = (
                select(turns)
                .where(turns.c.number.in_(like_that), IS_SHOWN)
                .where(*_within(turns.c.started_at, period))
                .order_by(turns.c.number.desc())
            )
            return [turn_from_row(row) for row in connection.execute(query).mappings()]

        return await self._database.read(work)

    async def all_turns(
        self, *, talk_id: str = "", child_id: str = "", period: Period = ALWAYS
    ) -> AsyncGenerator[Sequence[Turn]]:
        """Every turn of a talk, of a child, or of a time, the oldest first, some at a time."""
        last = -1
        while True:
            query = select(turns).where(turns.c.number > last, IS_SHOWN)
            if talk_id:
                query = query.where(turns.c.conversation_id == talk_id)
            if child_id:
                query = query.where(turns.c.child_id == child_id)
            query = query.where(*_within(turns.c.started_at, period)).order_by(turns.c.number)
            piece = await self._database.rows(query.limit(EXPORTED_AT_ONCE), _numbered)
            if not piece:
                return
            last = piece[-1][0]
            yield [turn for _, turn in piece]

    async def count(self, period: Period = ALWAYS) -> int:
        """How many turns are kept."""
        query = select(func.count()).select_from(turns)
        query = query.where(IS_SHOWN, *_within(turns.c.started_at, period))
        return await self._database.read(lambda connection: connection.scalar(query) or 0)


def _numbered(row: RowMapping) -> tuple[int, Turn]:
    return row["number"], turn_from_row(row)


def _within(moment: ColumnElement[datetime], period: Period) -> list[ColumnElement[bool]]:
    begins, ends = period
    return [
        *([moment >= begins] if begins is not None else []),
        *([moment < ends] if ends is not None else []),
    ]


def _number_of(connection: Connection, turn_id: str) -> int | None:
    return connection.scalar(select(turns.c.number).where(turns.c.id == turn_id))


def _numbers(connection: Connection, period: Period) -> tuple[int, int] | None:
    """The least and the greatest number of a turn in that time; None where there is none."""
    if period == ALWAYS:
        return 0, 2**62
    query = select(func.min(turns.c.number), func.max(turns.c.number))
    least, most = connection.execute(query.where(*_within(turns.c.started_at, period))).one()
    return None if least is None else (least, most)


def _has(verdicts: ColumnElement[Any], words: str) -> ColumnElement[int]:
    return func.sum(case((verdicts.cast(Text).contains(words), 1), else_=0))


def _summaries(connection: Connection, ids: Sequence[str]) -> Sequence[TalkSummary]:
    """In the order of `ids`, those that still have turns."""
    rows = connection.execute(_summary_of(ids)).mappings().all()
    firsts = select(turns.c.number, turns.c.heard, turns.c.source).where(
        turns.c.number.in_([row["first"] for row in rows])
    )
    first = {row.number: (row.heard, row.source) for row in connection.execute(firsts)}
    summaries = {}
    for row in rows:
        heard, source = first[row["first"]]
        own = {"first_heard": heard, "tried": source == PAGE}
        summaries[row["id"]] = from_row(TalkSummary, row, **own)
    return [summaries[talk_id] for talk_id in ids if talk_id in summaries]


def _summary_of(ids: Sequence[str]) -> Select[*tuple[Any, ...]]:
    alert = or_(*(turns.c.verdicts.cast(Text).contains(f'"alert": "{level}"') for level in _LEVELS))
    with_words = case((turns.c.heard != "", turns.c.number))
    return (
        select(
            turns.c.conversation_id.label("id"),
            func.min(turns.c.toy_id).label("toy_id"),
            func.min(turns.c.started_at).label("started_at"),
            func.max(turns.c.started_at).label("ended_at"),
            func.coalesce(func.min(with_words), func.min(turns.c.number)).label("first"),
            func.count().label("turns"),
            _has(turns.c.verdicts, '"allowed": false').label("refused"),
            func.sum(case((alert, 1), else_=0)).label("alerts"),
            func.sum(case((turn_notes.c.bookmarked, 1), else_=0)).label("bookmarked"),
        )
        .outerjoin_from(turns, turn_notes, turn_notes.c.turn_id == turns.c.id)
        .where(and_(turns.c.conversation_id.in_(ids), IS_SHOWN))
        .group_by(turns.c.conversation_id)
    )


_LEVELS = ("info", "warning", "urgent")
