"""The tokens of programs that use the API, as hashes that nobody reads back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from hub.domain.api import ApiToken
from hub.domain.family.people import SCOPES, Role
from hub.domain.limits import MAX_TOKENS
from hub.errors import NotFoundError, RefusedError
from hub.events import ApiTokensChanged
from hub.storage.database import Repository
from hub.storage.rows import Gone, Row, entered_name, from_row, note_gone, to_row
from hub.storage.schema import api_tokens, guardians
from hub.translation import gettext as _

_VALID = api_tokens.c.revoked_at.is_(None)


class ApiTokenRepository(Repository):
    async def add(self, token: ApiToken, token_hash: str) -> ApiToken:
        """Raises DataError for a name that is none, RefusedError where there are too many."""
        name = entered_name(token.name, _("the token's name"))
        row = to_row(token, api_tokens, name=name, token_hash=token_hash)

        def work(connection: Connection) -> ApiToken:
            valid = select(func.count()).select_from(api_tokens).where(_VALID)
            if (connection.scalar(valid) or 0) >= MAX_TOKENS:
                raise RefusedError(
                    _("there are %(most)s tokens already: revoke one first", most=MAX_TOKENS)
                )
            made = insert(api_tokens).values(row).returning(api_tokens)
            return _token(connection.execute(made).mappings().one())

        return await self._write(work, ApiTokensChanged())

    async def by_hash(self, token_hash: str) -> ApiToken | None:
        """With the scopes that its maker may have now. None where there is no such token, or it was revoked."""
        query = (
            select(api_tokens, guardians.c.role)
            .outerjoin(guardians)
            .where(api_tokens.c.token_hash == token_hash, _VALID)
        )
        return await self._database.row(query, _limited)

    async def list(self) -> list[ApiToken]:
        """Those that were not revoked, the newest first."""
        query = select(api_tokens).where(_VALID).order_by(api_tokens.c.created_at.desc())
        return await self._database.rows(query, _token)

    async def used(self, token_id: str, at: datetime) -> None:
        change = update(api_tokens).where(api_tokens.c.id == token_id).values(last_used_at=at)
        await self._database.write(lambda connection: connection.execute(change).rowcount)

    async def revoke(self, token_id: str) -> ApiToken:
        """It is good for nothing from now on. Raises NotFoundError."""
        now = self._clock.now()

        def work(connection: Connection) -> ApiToken:
            rows = revoke(connection, api_tokens.c.id == token_id, now)
            if not rows:
                raise NotFoundError(_("there is no such token; it may be revoked already"))
            return _token(rows[0])

        return await self._write(work, ApiTokensChanged())


def revoke(connection: Connection, which: ColumnElement[bool], now: datetime) -> Sequence[Row]:
    """Those that were valid."""
    change = update(api_tokens).where(which, _VALID).values(revoked_at=now).returning(api_tokens)
    rows = connection.execute(change).mappings().all()
    note_gone(connection, Gone.TOKEN, [row["id"] for row in rows], now)
    return rows


_token = partial(from_row, ApiToken)


def _limited(row: Row) -> ApiToken:
    token = _token(row)
    if row["role"] is None:
        return token
    return replace(token, scopes=token.scopes & SCOPES[Role(row["role"])])
