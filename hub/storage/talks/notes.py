"""What a parent keeps beside a turn: a bookmark, a note, and that the guard was wrong."""

from collections.abc import Collection, Mapping
from functools import partial

from sqlalchemy import Connection, Select, delete, func, select

from hub.domain.limits import MAX_NOTE_CHARS
from hub.domain.talks.kept import Correction, TurnNote
from hub.domain.talks.talk import Turn
from hub.errors import NotFoundError
from hub.events import TurnChanged
from hub.storage.database import Repository
from hub.storage.repositories.turns import IS_SHOWN, turn_from_row
from hub.storage.rows import entered, from_row, next_revision, to_row, upsert
from hub.storage.schema import turn_notes, turns
from hub.storage.talks.index import index_turn
from hub.translation import gettext as _

MAX_CORRECTED = 1000
"""Turns, in one report for whoever improves the guard: the newest."""


class TurnNoteRepository(Repository):
    async def of(self, turn_ids: Collection[str]) -> Mapping[str, TurnNote]:
        """By the turn's id, where there is one."""
        query = select(turn_notes).where(turn_notes.c.turn_id.in_(turn_ids))
        notes = await self._database.rows(query, partial(from_row, TurnNote))
        return {note.turn_id: note for note in notes}

    async def save(self, note: TurnNote) -> TurnNote:
        """Keep it in place of what was there; an empty one is taken away. Raises NotFoundError, DataError."""
        at = self._clock.now()
        text = entered(note.text.strip(), _("the note"), MAX_NOTE_CHARS)
        row = to_row(note, turn_notes, text=text, at=at)

        def work(connection: Connection) -> TurnNote:
            kept = select(turns.c.id).where(turns.c.id == note.turn_id, IS_SHOWN)
            if connection.scalar(kept) is None:
                raise NotFoundError(_("there is no such turn; perhaps it was deleted"))
            if note.empty:
                connection.execute(delete(turn_notes).where(turn_notes.c.turn_id == note.turn_id))
            else:
                upsert(connection, turn_notes.c.turn_id, row)
            index_turn(connection, note.turn_id)
            connection.execute(
                turns.update()
                .where(turns.c.id == note.turn_id)
                .values(revision=next_revision(connection))
            )
            return from_row(TurnNote, row)

        return await self._write(work, TurnChanged(note.turn_id))

    async def corrected(self) -> list[tuple[Turn, TurnNote]]:
        """Turns about which the guard was wrong in a parent's eyes, the newest first."""
        query = (
            select(turns, turn_notes)
            .join_from(turns, turn_notes, turn_notes.c.turn_id == turns.c.id)
            .where(turn_notes.c.correction != Correction.NONE, IS_SHOWN)
            .order_by(turns.c.number.desc())
            .limit(MAX_CORRECTED)
        )
        return await self._database.rows(
            query, lambda row: (turn_from_row(row), from_row(TurnNote, row))
        )

    async def counts(self) -> Mapping[Correction, int]:
        """How many turns the guard was wrong about, by how."""
        query: Select[str, int] = (
            select(turn_notes.c.correction, func.count())
            .join_from(turn_notes, turns, turn_notes.c.turn_id == turns.c.id)
            .where(turn_notes.c.correction != Correction.NONE, IS_SHOWN)
            .group_by(turn_notes.c.correction)
        )
        return await self._database.read(
            lambda connection: {
                Correction(correction): count for correction, count in connection.execute(query)
            }
        )
