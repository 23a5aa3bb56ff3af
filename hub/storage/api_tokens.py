"""The tokens of the API, as hashes; none can be read back."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from hub.domain.api import ApiToken, Scope
from hub.domain.clock import Clock
from hub.errors import NotFoundError, RefusedError
from hub.events import ApiTokensChanged, Bus
from hub.storage.database import Database
from hub.storage.rows import Row, entered_name
from hub.storage.schema import api_tokens

TOKENS_MAX = 32
"""That are not revoked."""

_VALID = api_tokens.c.revoked_at.is_(None)


class ApiTokenRepository:
    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    async def add(self, token: ApiToken, token_hash: str) -> ApiToken:
        """Raises DataError for a name that is none, RefusedError where there are too many."""
        row = {
            "id": token.id,
            "token_hash": token_hash,
            "name": entered_name(token.name, "the token's name"),
            "scopes": sorted(token.scopes),
            "created_at": token.created_at,
        }

        def work(connection: Connection) -> ApiToken:
            valid = select(func.count()).select_from(api_tokens).where(_VALID)
            if (connection.scalar(valid) or 0) >= TOKENS_MAX:
                raise RefusedError(f"there are {TOKENS_MAX} tokens already: revoke one first")
            made = insert(api_tokens).values(row).returning(api_tokens)
            return _from_row(connection.execute(made).mappings().one())

        return await self._database.write(work, self._changed)

    async def by_hash(self, token_hash: str) -> ApiToken | None:
        """None where there is no such token, or it was revoked."""
        query = select(api_tokens).where(api_tokens.c.token_hash == token_hash, _VALID)
        row = await self._database.read(lambda c: c.execute(query).mappings().first())
        return None if row is None else _from_row(row)

    async def list(self) -> list[ApiToken]:
        """Those that were not revoked, the newest first."""
        query = select(api_tokens).where(_VALID).order_by(api_tokens.c.created_at.desc())
        return await self._database.read(
            lambda connection: [_from_row(row) for row in connection.execute(query).mappings()]
        )

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
            return _from_row(row)

        return await self._database.write(work, self._changed)

    def _changed(self, _: ApiToken) -> None:
        self._bus.publish(ApiTokensChanged())


def _from_row(row: Row) -> ApiToken:
    return ApiToken(
        id=row["id"],
        name=row["name"],
        scopes=frozenset(map(Scope, row["scopes"])),
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
    )
