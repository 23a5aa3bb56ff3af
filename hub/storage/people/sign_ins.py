"""Where guardians are signed in: hashes of their browsers' tokens, and until when each counts."""

from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from hub.domain.family.people import Guardian, SignIn
from hub.domain.limits import MAX_SIGN_INS
from hub.errors import NotFoundError
from hub.storage.database import Repository
from hub.storage.people.guardians import guardian_from_row
from hub.storage.rows import from_row, to_row
from hub.storage.schema import guardian_sessions, guardians
from hub.translation import gettext as _


class SignInRepository(Repository):
    async def add(self, sign_in: SignIn, token_hash: str) -> None:
        """Sign-ins that are over go; of too many of one guardian, the one that was used least recently."""
        row = to_row(sign_in, guardian_sessions, token_hash=token_hash)
        over = delete(guardian_sessions).where(~self._valid())
        most = (
            select(guardian_sessions.c.token_hash)
            .where(guardian_sessions.c.guardian_id == sign_in.guardian_id)
            .order_by(guardian_sessions.c.seen_at.desc())
            .offset(MAX_SIGN_INS - 1)
        )

        def work(connection: Connection) -> None:
            connection.execute(over)
            for old in connection.scalars(most).all():
                connection.execute(
                    delete(guardian_sessions).where(guardian_sessions.c.token_hash == old)
                )
            connection.execute(insert(guardian_sessions).values(row))

        await self._database.write(work)

    async def get(self, token_hash: str) -> tuple[SignIn, Guardian] | None:
        """None when there is none, or it is over."""
        query = select(guardian_sessions).where(
            guardian_sessions.c.token_hash == token_hash, self._valid()
        )

        def work(connection: Connection) -> tuple[SignIn, Guardian] | None:
            row = connection.execute(query).mappings().first()
            if row is None:
                return None
            who = select(guardians).where(guardians.c.id == row["guardian_id"])
            guardian = guardian_from_row(connection.execute(who).mappings().one())
            return from_row(SignIn, row), guardian

        return await self._database.read(work)

    async def of(self, guardian_id: str) -> list[SignIn]:
        """The one that was used last stands first."""
        query = (
            select(guardian_sessions)
            .where(guardian_sessions.c.guardian_id == guardian_id, self._valid())
            .order_by(guardian_sessions.c.seen_at.desc(), guardian_sessions.c.id)
        )
        return await self._database.rows(query, partial(from_row, SignIn))

    async def seen(self, token_hash: str, at: datetime, expires_at: datetime) -> None:
        change = (
            update(guardian_sessions)
            .where(guardian_sessions.c.token_hash == token_hash)
            .values(seen_at=at, expires_at=expires_at)
        )
        await self._database.write(lambda connection: connection.execute(change).rowcount)

    async def end(self, token_hash: str) -> None:
        await self._delete(guardian_sessions.c.token_hash == token_hash)

    async def end_one(self, guardian_id: str, sign_in_id: str) -> None:
        """Raises NotFoundError where this guardian has no such sign-in."""
        same = guardian_sessions.c.guardian_id == guardian_id
        if not await self._delete(and_(same, guardian_sessions.c.id == sign_in_id)):
            raise NotFoundError(_("This device was signed out already."))

    async def end_all(self, guardian_id: str, but_for: str = "") -> None:
        """All of this guardian's; `but_for`: the hash of a token that stays."""
        same = guardian_sessions.c.guardian_id == guardian_id
        await self._delete(and_(same, guardian_sessions.c.token_hash != but_for))

    async def _delete(self, which: ColumnElement[bool]) -> int:
        gone = delete(guardian_sessions).where(which)
        return await self._database.write(lambda connection: connection.execute(gone).rowcount)

    def _valid(self) -> ColumnElement[bool]:
        now = self._clock.now()
        return and_(guardian_sessions.c.expires_at > now, guardian_sessions.c.ends_at > now)
