"""What was erased or revoked, by its ids; and leaving it out of a database that still has it.

`note_gone` of `hub.storage.rows` writes it down, in the transaction that erases or revokes.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Column, Connection, Table, delete, func, select

from hub.domain.family.people import Role
from hub.storage.database import Repository
from hub.storage.documents import index as passages
from hub.storage.family.memories import erase_lines
from hub.storage.repositories.access import revoke
from hub.storage.rows import Gone, note_gone
from hub.storage.schema import (
    adults,
    api_tokens,
    children,
    documents,
    gone,
    guardian_sessions,
    guardians,
    invitations,
    memories,
    passkeys,
    satellites,
    toys,
    turns,
    voice_hints,
)
from hub.storage.talks import index as talks
from hub.storage.talks.index import merge
from hub.storage.talks.removals import erase_turns

Ids = Mapping[Gone, Mapping[str, datetime]]
"""When each was erased or revoked."""

ROWS_AT_ONCE: Final = 100

OWN: Final[Mapping[Gone, Table]] = {
    Gone.ADULT: adults,
    Gone.DOCUMENT: documents,
    Gone.INVITATION: invitations,
    Gone.PASSKEY: passkeys,
    Gone.VOICE_HINT: voice_hints,
}
"""What goes with its row alone."""
SAID: Final[Mapping[Gone, tuple[Table, Column[str]]]] = {
    Gone.TOY: (toys, turns.c.toy_id),
    Gone.CHILD: (children, turns.c.child_id),
}
"""What goes with all that was said by or to it."""


class GoneRepository(Repository):
    async def last(self) -> int:
        """The number of the newest line; 0 before the first."""
        newest = select(func.max(gone.c.number))
        return await self._database.read(lambda connection: connection.scalar(newest) or 0)

    async def list(self) -> Ids:
        found: dict[Gone, dict[str, datetime]] = {}
        for kind, which, at in await self._database.rows(
            select(gone), lambda row: (Gone(row["kind"]), str(row["which"]), row["at"])
        ):
            found.setdefault(kind, {})[which] = at
        return found


def leave_out(connection: Connection, ids: Ids, made_at: datetime, now: datetime) -> int:
    """Erase and revoke again, in a database as it was at `made_at`, what `ids` names; how many turns went.

    A device that was let go of before that moment may have been adopted again, and stays.
    """
    erased = _erase(connection, turns.c.id, ids.get(Gone.TURN, {}), now)
    for kind, (table, said) in SAID.items():
        erased += _erase(connection, said, ids.get(kind, {}), now)
        _delete(connection, table.c.id, ids.get(kind, {}))
    for kind, table in OWN.items():
        _delete(connection, table.c.id, ids.get(kind, {}))
    for some in _some(ids.get(Gone.MEMORY, {})):
        erase_lines(connection, memories.c.id.in_(some), now)
    for some in _some(ids.get(Gone.TOKEN, {})):
        revoke(connection, api_tokens.c.id.in_(some), now)
    for some in _some(ids.get(Gone.PERSON, {})):
        revoke(connection, api_tokens.c.made_by.in_(some), now)
    _delete(connection, guardians.c.id, ids.get(Gone.PERSON, {}))
    let_go = {key: at for key, at in ids.get(Gone.DEVICE, {}).items() if at >= made_at}
    _delete(connection, satellites.c.key, let_go)
    _keep_an_owner(connection)
    _keep(connection, ids)
    for words in (talks.TABLE, passages.TABLE):
        begin = True
        while merge(connection, begin, words):
            begin = False
    return erased


def sign_everybody_out(connection: Connection) -> None:
    connection.execute(delete(guardian_sessions))


def _erase(
    connection: Connection, column: Column[str], ids: Mapping[str, datetime], now: datetime
) -> int:
    erased = 0
    for some in _some(ids):
        found = select(turns.c.number).where(column.in_(some)).limit(ROWS_AT_ONCE)
        while numbers := connection.scalars(found).all():
            erase_turns(connection, numbers, now)
            erased += len(numbers)
    return erased


def _delete(connection: Connection, column: Column[str], ids: Mapping[str, datetime]) -> None:
    for some in _some(ids):
        connection.execute(delete(column.table).where(column.in_(some)))


def _keep_an_owner(connection: Connection) -> None:
    """Where the only owner of then was removed since, nobody can be taken for one: it begins with a first password."""
    owners = select(func.count()).where(guardians.c.role == Role.OWNER.value)
    if not connection.scalar(owners):
        connection.execute(delete(guardians))


def _keep(connection: Connection, ids: Ids) -> None:
    """The lines themselves, for the next time."""
    there = {(row.kind, row.which) for row in connection.execute(select(gone))}
    for kind, each in ids.items():
        for which, at in each.items():
            if (kind.value, which) not in there:
                note_gone(connection, kind, [which], at)


def _some(ids: Mapping[str, datetime]) -> Iterator[Sequence[str]]:
    all_of_them = [*ids]
    for first in range(0, len(all_of_them), ROWS_AT_ONCE):
        yield all_of_them[first : first + ROWS_AT_ONCE]
