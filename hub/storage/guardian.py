"""The guardian's password and sign-ins, as hashes; neither can be read back."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from hub.domain.clock import Clock
from hub.storage.database import Database
from hub.storage.schema import guardian, guardian_sessions
from hub.storage.upsert import upsert

ONLY_ROW = 1


class SessionRepository:
    """Who is signed in: hashes of tokens, and until when each counts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

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


class GuardianRepository:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.sessions = SessionRepository(database, clock)

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
