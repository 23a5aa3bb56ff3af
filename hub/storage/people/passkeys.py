"""The guardians' passkeys, as public keys."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import partial

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from hub.domain.family.people import Passkey
from hub.domain.limits import MAX_PASSKEYS
from hub.errors import NotFoundError, RefusedError
from hub.storage.database import Repository
from hub.storage.rows import Gone, entered_name, from_row, note_gone, to_row
from hub.storage.schema import passkeys
from hub.translation import gettext as _

_passkey = partial(from_row, Passkey)


class PasskeyRepository(Repository):
    async def add(self, passkey: Passkey) -> None:
        """Raises DataError for no name, RefusedError where they have too many, or have this one already."""
        row = to_row(passkey, passkeys, name=entered_name(passkey.name, _("the name")))
        same = select(passkeys.c.id).where(passkeys.c.credential_id == passkey.credential_id)
        theirs = select(func.count()).where(passkeys.c.guardian_id == passkey.guardian_id)

        def work(connection: Connection) -> None:
            if connection.scalar(same) is not None:
                raise RefusedError(_("This passkey is here already."))
            if (connection.scalar(theirs) or 0) >= MAX_PASSKEYS:
                raise RefusedError(
                    _(
                        "You have %(most)s passkeys already. Please remove one first.",
                        most=MAX_PASSKEYS,
                    )
                )
            connection.execute(insert(passkeys).values(row))

        await self._database.write(work)

    async def of(self, guardian_id: str) -> list[Passkey]:
        """The one that was made first stands first."""
        query = select(passkeys).where(passkeys.c.guardian_id == guardian_id)
        ordered = query.order_by(passkeys.c.created_at, passkeys.c.id)
        return await self._database.rows(ordered, _passkey)

    async def by_credential(self, credential_id: str) -> Passkey | None:
        query = select(passkeys).where(passkeys.c.credential_id == credential_id)
        return await self._database.row(query, _passkey)

    async def hosts(self) -> AbstractSet[str]:
        """The names that there are passkeys for."""
        query = select(passkeys.c.host).distinct()
        return await self._database.read(lambda connection: set(connection.scalars(query)))

    async def use(self, passkey_id: str, sign_count: int) -> bool:
        """Whether its count has gone up, or it has none; now it was used."""
        risen = passkeys.c.sign_count < sign_count
        if sign_count == 0:
            risen = or_(risen, passkeys.c.sign_count == 0)
        used = (
            update(passkeys)
            .where(passkeys.c.id == passkey_id, risen)
            .values(sign_count=sign_count, last_used_at=self._clock.now())
        )
        return bool(
            await self._database.write(lambda connection: connection.execute(used).rowcount)
        )

    async def remove(self, guardian_id: str, passkey_id: str) -> Passkey:
        """Raises NotFoundError where this guardian has no such passkey."""
        theirs = passkeys.c.guardian_id == guardian_id
        removed = await self._remove(and_(theirs, passkeys.c.id == passkey_id))
        if not removed:
            raise NotFoundError(_("This passkey was removed already."))
        return removed[0]

    async def remove_all(self, guardian_id: str) -> None:
        await self._remove(passkeys.c.guardian_id == guardian_id)

    async def _remove(self, which: ColumnElement[bool]) -> Sequence[Passkey]:
        now = self._clock.now()
        delete_them = delete(passkeys).where(which).returning(passkeys)

        def work(connection: Connection) -> Sequence[Passkey]:
            removed = [_passkey(row) for row in connection.execute(delete_them).mappings()]
            note_gone(connection, Gone.PASSKEY, [one.id for one in removed], now)
            return removed

        return await self._database.write(work)
