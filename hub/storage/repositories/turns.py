"""What was said: turns, the conversations that they make up, and what a model may remember."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)

from hub.domain.api import ToyUse
from hub.domain.talks.talk import PAGE, UNFINISHED, WITHOUT_CHILD, Turn, TurnState
from hub.errors import NotFoundError, RefusedError
from hub.events import TurnChanged
from hub.storage.database import Repository
from hub.storage.rows import MAX_DETAIL_CHARS, cut, from_row, next_revision, to_row, upsert
from hub.storage.schema import conversations, forgotten_turns, hidden_turns, toys, turns
from hub.storage.talks.index import index_turn
from hub.translation import gettext as _

MAX_FOR_MODEL = 30
"""Turns of one conversation; a model's window takes fewer."""
MAX_WORTH_A_LOOK = 200
"""Turns, for one digest; more than a parent reads in a day."""
CONVERSATION_GAP = timedelta(minutes=10)
"""A toy's turns that begin closer together than this are one conversation, the child's and a
grown-up's who tries the toy apart."""


class TurnRepository(Repository):
    """`begin` and `save` write a turn as it is at the call and set its `revision` in place, so a
    turn may go on changing meanwhile. A cancelled call has set it too if the turn was written.

    What is still a draft is there for a crash, and what was deleted for second thoughts: nobody reads either."""

    async def begin(self, turn: Turn, *, urgent: bool = False) -> Turn:
        """Put a turn on the disk, in the toy's current conversation or a new one.

        One with the same id, an earlier draft, is written over. `urgent` as in `Database.write`.
        """
        row = _row(turn)

        def work(connection: Connection) -> tuple[int, str]:
            conversation = _conversation(connection, turn, row["started_at"])
            revision = next_revision(connection)
            placed = {"revision": revision, "conversation_id": conversation}
            upsert(connection, turns.c.id, row | placed)
            if row["state"] not in UNFINISHED:
                index_turn(connection, row["id"])
            return revision, conversation

        def after(given: tuple[int, str]) -> None:
            turn.revision, turn.conversation_id = given
            if row["state"] != TurnState.DRAFT:
                self._bus.publish(TurnChanged(turn.id))

        await self._database.write(work, after, urgent=urgent)
        return turn

    async def save(self, turn: Turn) -> Turn:
        """Write the whole of a turn that has begun; raises NotFoundError where it has not.

        Its end is written on a full disk, too, so that no turn seems to go on for ever.
        """
        row = _row(turn)

        def work(connection: Connection) -> int:
            revision = next_revision(connection)
            change = (
                update(turns).where(turns.c.id == row["id"]).values(row | {"revision": revision})
            )
            if connection.execute(change).rowcount == 0:
                raise NotFoundError(_("there is no turn with the id %(id)s", id=row["id"]))
            if row["state"] not in UNFINISHED:
                index_turn(connection, row["id"])
            return revision

        def after(revision: int) -> None:
            turn.revision = revision
            self._bus.publish(TurnChanged(turn.id))

        await self._database.write(work, after, urgent=row["state"] not in UNFINISHED)
        return turn

    async def forget_draft(self, turn_id: str) -> None:
        """Nothing was said after all."""
        gone = delete(turns).where(turns.c.id == turn_id, turns.c.state == TurnState.DRAFT)
        await self._database.write(lambda connection: connection.execute(gone).rowcount)

    async def get(self, turn_id: str) -> Turn | None:
        found = await self._read(select(turns).where(turns.c.id == turn_id))
        return found[0] if found else None

    async def some(self, ids: Collection[str]) -> dict[str, Turn]:
        """Those of these ids that are there, by id."""
        found = await self._read(select(turns).where(turns.c.id.in_(ids)))
        return {turn.id: turn for turn in found}

    async def named(self, text: str) -> Turn:
        """The "last" turn, or the one whose id begins so. Raises NotFoundError, or RefusedError for two."""
        if text == "last":
            found = await self.recent(1)
        else:
            begins = turns.c.id.startswith(text, autoescape=True)
            found = await self._read(select(turns).where(begins).limit(2))
        if not found:
            raise NotFoundError(
                "there is no turn yet" if text == "last" else f"no turn's id begins with {text!r}"
            )
        if len(found) > 1:
            raise RefusedError(
                _("more than one turn's id begins with %(text)s; give more of it", text=repr(text))
            )
        return found[0]

    async def recent(
        self, limit: int, toy_id: str | None = None, before: str | None = None
    ) -> list[Turn]:
        """The last turns of the household, or of one toy; the newest first.

        `before` is a turn's id: only what began earlier, so nothing if there is no such turn.
        """
        query = select(turns).order_by(turns.c.number.desc()).limit(limit)
        if toy_id is not None:
            query = query.where(turns.c.toy_id == toy_id)
        if before is not None:
            last = select(turns.c.number).where(turns.c.id == before).scalar_subquery()
            query = query.where(turns.c.number < last)
        return await self._read(query)

    async def of_conversation(self, conversation_id: str, limit: int) -> list[Turn]:
        """The last turns of one conversation, the oldest first."""
        query = (
            select(turns)
            .where(turns.c.conversation_id == conversation_id)
            .order_by(turns.c.number.desc())
            .limit(limit)
        )
        return (await self._read(query))[::-1]

    async def since(self, revision: int, limit: int) -> list[Turn]:
        """Turns that changed after `revision`, in the order of their changes."""
        return await self._read(
            select(turns).where(turns.c.revision > revision).order_by(turns.c.revision).limit(limit)
        )

    async def for_model(
        self, toy_id: str, limit: int = MAX_FOR_MODEL, tried: bool = False, visit_id: str = ""
    ) -> list[Turn]:
        """The current conversation as a model may know it, the oldest first.

        The child's, or that of the grown-up who tries the toy (`Turn.tried`), or of a visit.

        Only turns that are over, whose words the guard allowed, and that no child asked the toy to forget; empty once
        the last turn is ten minutes old.
        """
        over = turns.c.state.not_in((*UNFINISHED, TurnState.REFUSED))
        return _allowed(
            await self._current(_latest(toy_id, tried, visit_id), limit, and_(over, _NOT_FORGOTTEN))
        )

    async def may_be_told(self, ids: Collection[str]) -> set[str]:
        """Those of these ids whose turns are there, and that no child asked its toy to forget."""
        if not ids:
            return set()
        query = select(turns.c.id).where(turns.c.id.in_(ids), IS_SHOWN, _NOT_FORGOTTEN)
        return set(await self._database.rows(query, lambda row: str(row["id"])))

    async def earlier(self, toy_id: str, child_id: str, limit: int) -> list[Turn]:
        """The last turns of a child with a toy that a model may know, the oldest first."""
        query = (
            select(turns)
            .where(turns.c.toy_id == toy_id, turns.c.child_id == child_id, _tried(False))
            .where(turns.c.state == TurnState.DONE, _NOT_FORGOTTEN, turns.c.visit_id == "")
            .order_by(turns.c.number.desc())
            .limit(limit)
        )
        return _allowed((await self._read(query))[::-1])

    async def conversation(
        self, toy_id: str, limit: int = 8, *, tried: bool = False, visit_id: str = ""
    ) -> list[Turn]:
        """The last turns of that conversation, the oldest first, refused ones among them.

        For the guard, not for a model; empty once the last turn is ten minutes old.
        """
        wanted = turns.c.state != TurnState.DRAFT
        return await self._current(_latest(toy_id, tried, visit_id), limit, wanted)

    async def _current(
        self, newest: Select[str, datetime], limit: int, wanted: ColumnElement[bool]
    ) -> list[Turn]:
        """The last turns of the present conversation, that of `newest`, that are `wanted`, the oldest first."""
        now = self._clock.now()

        def work(connection: Connection) -> list[Turn]:
            latest = connection.execute(newest).first()
            if latest is None or not _close(latest.started_at, now):
                return []
            query = (
                select(turns)
                .where(turns.c.conversation_id == latest.conversation_id)
                .where(wanted, IS_SHOWN)
                .order_by(turns.c.number.desc())
                .limit(limit)
            )
            return [turn_from_row(row) for row in connection.execute(query).mappings()][::-1]

        return await self._database.read(work)

    async def begun_since(self, toy_id: str, moment: datetime, limit: int) -> list[Turn]:
        """A child's last turns with its toy from `moment` on, the oldest first."""
        newest = await self._read(
            select(turns)
            .where(turns.c.toy_id == toy_id)
            .where(_tried(False))
            .where(turns.c.started_at >= moment)
            .order_by(turns.c.started_at.desc(), turns.c.number.desc())
            .limit(limit)
        )
        return newest[::-1]

    async def worth_a_look(self, since: datetime, until: datetime) -> list[Turn]:
        """The child's turns begun in that time in which something leans towards trouble, the oldest first."""
        marked = turns.c.verdicts.cast(Text).contains('"look": true')
        return await self._read(
            select(turns)
            .where(turns.c.started_at >= since, turns.c.started_at < until)
            .where(_tried(False), marked)
            .order_by(turns.c.number)
            .limit(MAX_WORTH_A_LOOK)
        )

    async def use_since(self, moment: datetime) -> dict[str, ToyUse]:
        """How much each toy was talked with: ever, and since `moment`."""
        child = and_(
            turns.c.toy_id == toys.c.id,
            turns.c.source.not_in(WITHOUT_CHILD),
            turns.c.state != TurnState.DRAFT,
        )
        speech_ms = func.sum(turns.c.audio_in_ms + turns.c.audio_out_ms)
        latest = select(func.max(turns.c.started_at)).where(child).scalar_subquery()
        spoken_ms = select(speech_ms).where(child, turns.c.started_at >= moment).scalar_subquery()
        query = select(toys.c.id, latest.label("latest"), spoken_ms.label("spoken_ms"))

        def work(connection: Connection) -> dict[str, ToyUse]:
            return {
                row.id: ToyUse(row.latest, (row.spoken_ms or 0.0) / 60_000)
                for row in connection.execute(query)
            }

        return await self._database.read(work)

    async def cut_unjudged(self) -> list[Turn]:
        """Turns that were cut before the guard's word on what was heard was kept, the oldest first."""
        unjudged = turns.c.verdicts.cast(Text) == "[]"
        return await self._read(
            select(turns)
            .where(turns.c.state == TurnState.CUT, turns.c.heard != "", unjudged)
            .order_by(turns.c.number)
        )

    async def cut_unfinished(self) -> int:
        """Mark the turns that a hub's death left open as cut; how many those were."""
        query = select(turns.c.id).where(turns.c.state.in_(UNFINISHED))

        def work(connection: Connection) -> list[str]:
            ids = list(connection.scalars(query.order_by(turns.c.number)))
            for turn_id in ids:
                connection.execute(
                    update(turns)
                    .where(turns.c.id == turn_id)
                    .values(state=TurnState.CUT, revision=next_revision(connection))
                )
                index_turn(connection, turn_id)
            return ids

        def after(ids: list[str]) -> None:
            for turn_id in ids:
                self._bus.publish(TurnChanged(turn_id))

        cut = await self._database.write(work, after, urgent=True)
        return len(cut)

    async def _read(self, query: Select[*tuple[object, ...]]) -> list[Turn]:
        return await self._database.rows(query.where(IS_SHOWN), turn_from_row)


turn_from_row = partial(from_row, Turn)
IS_SHOWN = and_(
    turns.c.state != TurnState.DRAFT,
    turns.c.number.not_in(select(hidden_turns.c.turn_number)),
)
"""What a person may see: no draft, and nothing that was deleted."""
_NOT_FORGOTTEN = turns.c.id.not_in(select(forgotten_turns.c.turn_id))
"""No child asked the toy to forget it."""


def _allowed(found: list[Turn]) -> list[Turn]:
    """Without what was cut before the guard's word on it was acted upon."""
    return [turn for turn in found if turn.verdicts and turn.verdicts[0].allowed]


def _row(turn: Turn) -> dict[str, Any]:
    """All but what the store gives: the revision, and the conversation."""
    row = to_row(turn, turns, error=cut(turn.error, MAX_DETAIL_CHARS))
    del row["revision"], row["conversation_id"]
    return row


def _tried(tried: bool) -> ColumnElement[bool]:
    return turns.c.source == PAGE if tried else turns.c.source != PAGE


def _latest(toy_id: str, tried: bool, visit_id: str) -> Select[str, datetime]:
    return (
        select(turns.c.conversation_id, turns.c.started_at)
        .where(turns.c.toy_id == toy_id)
        .where(_tried(tried), turns.c.visit_id == visit_id)
        .order_by(turns.c.number.desc())
        .limit(1)
    )


def _close(one: datetime, other: datetime) -> bool:
    """Whether two moments belong together, also where the clock was set back between them."""
    return abs(other - one) < CONVERSATION_GAP


def _conversation(connection: Connection, turn: Turn, started_at: datetime) -> str:
    """The conversation that a turn which begins now belongs to, opened where there is none."""
    latest = connection.execute(_latest(turn.toy_id, turn.tried, turn.visit_id)).first()
    if latest is not None and _close(latest.started_at, started_at):
        return str(latest.conversation_id)
    opened = uuid.uuid4().hex
    connection.execute(
        insert(conversations).values(id=opened, toy_id=turn.toy_id, started_at=started_at)
    )
    return opened
