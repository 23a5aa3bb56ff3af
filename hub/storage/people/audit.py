"""The audit log: who did what, for a year."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from hub.domain.family.people import Actor, Deed
from hub.storage.database import Repository
from hub.storage.rows import Row, cut, from_row
from hub.storage.schema import audit_log
from hub.translation import Message, kept, restored

KEPT: Final = timedelta(days=365)
MAX_WHAT_CHARS: Final = 300


class AuditRepository(Repository):
    async def add(self, actor: Actor, name: str, what: str) -> None:
        """One more line; those older than a year go."""
        now = self._clock.now()
        row = {
            "at": now,
            "actor": actor.value,
            "name": cut(name, 60),
            "what": cut(" ".join(what.split()), MAX_WHAT_CHARS),
            "message": kept(what) if isinstance(what, Message) else None,
        }
        old = delete(audit_log).where(audit_log.c.at < now - KEPT)

        def work(connection: Connection) -> None:
            connection.execute(old)
            connection.execute(insert(audit_log).values(row))

        await self._database.write(work)

    async def list(self, limit: int, before: int | None = None) -> list[Deed]:
        """The newest first; `before`: only those with a smaller number."""
        query = select(audit_log).order_by(audit_log.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(audit_log.c.number < before)
        return await self._database.rows(query, _deed)


def _deed(row: Row) -> Deed:
    deed = from_row(Deed, row)
    return replace(deed, what=restored(row["message"])) if row["message"] else deed
