"""By whose voice toys may guess who speaks, and what they know of it."""

from collections.abc import Collection, Sequence
from functools import partial

from sqlalchemy import Connection, delete, insert, select, update

from hub.domain.family.voice_hints import VoiceHint
from hub.events import ToysChanged
from hub.storage.database import Repository
from hub.storage.family.children import CHILD_IS_SHOWN
from hub.storage.rows import Gone, from_row, note_gone, to_row
from hub.storage.schema import children, voice_hints

_SHOWN = voice_hints.c.child_id.in_(select(children.c.id).where(CHILD_IS_SHOWN))


class VoiceHintRepository(Repository):
    """At most one for each child."""

    async def of(self, child_ids: Collection[str]) -> Sequence[VoiceHint]:
        """Of those of these children for whom a parent agreed."""
        if not child_ids:
            return ()
        wanted = voice_hints.c.child_id.in_(child_ids)
        return await self._database.rows(select(voice_hints).where(wanted, _SHOWN), _hint)

    async def list(self) -> Sequence[VoiceHint]:
        """The oldest first."""
        query = select(voice_hints).where(_SHOWN).order_by(voice_hints.c.agreed_at)
        return await self._database.rows(query, _hint)

    async def agree(self, hint: VoiceHint) -> None:
        """Unless somebody did before. Raises DataError where there is no such child."""
        row = to_row(hint, voice_hints)
        same = select(voice_hints.c.id).where(voice_hints.c.child_id == hint.child_id)

        def work(connection: Connection) -> None:
            if connection.scalar(same) is None:
                connection.execute(insert(voice_hints), row)

        await self._write(work, ToysChanged())

    async def learn(self, hint: VoiceHint) -> None:
        """Keep what is known of the voice now, unless it was erased meanwhile."""
        known = {"model": hint.model, "voice": hint.voice, "utterances": hint.utterances}
        change = update(voice_hints).where(voice_hints.c.id == hint.id).values(known)
        await self._database.write(lambda connection: connection.execute(change))

    async def erase(self, child_id: str) -> None:
        """What was agreed to and learned, from the disk, too."""

        def work(connection: Connection) -> None:
            gone = delete(voice_hints).where(voice_hints.c.child_id == child_id)
            ids = connection.scalars(gone.returning(voice_hints.c.id)).all()
            note_gone(connection, Gone.VOICE_HINT, ids, self._clock.now())

        await self._write(work, ToysChanged(), urgent=True)
        await self._database.empty_log()


_hint = partial(from_row, VoiceHint)
