"""Who may use the pages and the API: the guardian's password, sign-ins and tokens, as hashes that nobody reads back."""

from datetime import datetime
from functools import partial

from sqlalchemy import Connection, delete, func, insert, select, update

from hub.domain.api import ApiToken
from hub.domain.clock import Clock
from hub.domain.limits import MAX_TOKENS
from hub.errors import NotFoundError, RefusedError
from hub.events import ApiTokensChanged, Bus
from hub.storage.database import Database, Repository
from hub.storage.rows import entered_name, from_row, to_row, upsert
from hub.storage.schema import api_tokens, guardian, guardian_sessions

ONLY_ROW = 1

_VALID = api_tokens.c.revoked_at.is_(None)


class SessionRepository(Repository):
    """Who is signed in: hashes of tokens, and until when each counts."""

    async def create(self, token_hash: str, expires: datetime) -> None:
        """Add a session, or move its end; sessions that have ended go."""
        row = {"token_hash": token_hash, "expires_at": expires}
        ended = delete(guardian_sessions).where(guardian_sessions.c.expires_at <= self._clock.now())

        def work(connection: Connection) -> None:
            connection.execute(ended)
            upsert(connection, guardian_sessions.c.token_hash, row)

        await self._database.write(work)

    async def get(self, token_hash: str) -> datetime | None:
        """When the session ends; None when there is none, or it has ended."""
        query = select(guardian_sessions.c.expires_at).where(
            guardian_sessions.c.token_hash == token_hash,
            guardian_sessions.c.expires_at > self._clock.now(),
        )
        return await self._database.read(lambda connection: connection.scalar(query))

    async def delete(self, token_hash: str) -> None:
        gone = delete(guardian_sessions).where(guardian_sessions.c.token_hash == token_hash)
        await self._database.write(lambda connection: connection.execute(gone).rowcount)

    async def delete_all(self) -> None:
        """Sign out on every device."""
        gone = delete(guardian_sessions)
        await self._database.write(lambda connection: connection.execute(gone).rowcount)


class GuardianRepository(Repository):
    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        super().__init__(database, bus, clock)
        self.sessions = SessionRepository(database, bus, clock)

    async def password_hash(self) -> str | None:
        """None before the set-up."""
        query = select(guardian.c.password_hash).where(guardian.c.id == ONLY_ROW)
        return await self._database.read(lambda connection: connection.scalar(query))

    async def set_password_hash(self, password_hash: str) -> None:
        """A new password ends every session."""
        row = {
            "id": ONLY_ROW,
            "password_hash": password_hash,
            "changed_at": self._clock.now(),
        }

        def work(connection: Connection) -> None:
            upsert(connection, guardian.c.id, row)
            connection.execute(delete(guardian_sessions))

        await self._database.write(work)


class ApiTokenRepository(Repository):
    async def add(self, token: ApiToken, token_hash: str) -> ApiToken:
        """Raises DataError for a name that is none, RefusedError where there are too many."""
        name = entered_name(token.name, "the token's name")
        row = to_row(token, api_tokens, name=name, token_hash=token_hash)

        def work(connection: Connection) -> ApiToken:
            valid = select(func.count()).select_from(api_tokens).where(_VALID)
            if (connection.scalar(valid) or 0) >= MAX_TOKENS:
                raise RefusedError(f"there are {MAX_TOKENS} tokens already: revoke one first")
            made = insert(api_tokens).values(row).returning(api_tokens)
            return _token(connection.execute(made).mappings().one())

        return await self._write(work, ApiTokensChanged())

    async def by_hash(self, token_hash: str) -> ApiToken | None:
        """None where there is no such token, or it was revoked."""
        query = select(api_tokens).where(api_tokens.c.token_hash == token_hash, _VALID)
        return await self._database.row(query, _token)

    async def list(self) -> list[ApiToken]:
        """Those that were not revoked, the newest first."""
        query = select(api_tokens).where(_VALID).order_by(api_tokens.c.created_at.desc())
        return await self._database.rows(query, _token)

    async def used(self, token_id: str, at: datetime) -> None:
        change = update(api_tokens).where(api_tokens.c.id == token_id).values(last_used_at=at)
        await self._database.write(lambda connection: connection.execute(change).rowcount)

    async def revoke(self, token_id: str) -> ApiToken:
        """It is good for nothing from now on. Raises NotFoundError."""
        change = (
            update(api_tokens)
            .where(api_tokens.c.id == token_id, _VALID)
            .values(revoked_at=self._clock.now())
            .returning(api_tokens)
        )

        def work(connection: Connection) -> ApiToken:
            row = connection.execute(change).mappings().first()
            if row is None:
                raise NotFoundError("there is no such token; it may be revoked already")
            return _token(row)

        return await self._write(work, ApiTokensChanged())


_token = partial(from_row, ApiToken)
