"""The programs that may use the hub, by bearer tokens.

A token is 32 random bytes, shown once; its SHA-256 is in the database, so that a stolen copy opens nothing.
"""

import hashlib
import re
import secrets
import uuid
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from hub.domain.api import TOKEN_SCOPES, ApiToken, Scope
from hub.domain.clock import Clock
from hub.domain.family.people import SCOPES, Guardian
from hub.errors import DataError, RefusedError
from hub.storage.repositories.access import ApiTokenRepository
from hub.translation import gettext as _

PREFIX: Final = "pommai_"
USE_NOTED_EVERY: Final = timedelta(minutes=1)

_TOKEN: Final = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}")

log = structlog.get_logger()


class ApiTokens:
    """Those of `/api/v1`: made, known again when one comes with a request, and revoked."""

    def __init__(self, kept: ApiTokenRepository, clock: Clock) -> None:
        self._kept = kept
        self._clock = clock

    async def make(
        self, name: str, scopes: AbstractSet[Scope], maker: Guardian | None = None
    ) -> str:
        """Give the new token itself, to be shown and forgotten.

        It is good for no more than its maker may do, now and later. Raises DataError, RefusedError.
        """
        if not scopes <= TOKEN_SCOPES:
            raise RefusedError(_("no token can have the owner's scope"))
        if maker and not scopes <= SCOPES[maker.role]:
            raise RefusedError(_("no token can do more than the one who makes it"))
        text = PREFIX + secrets.token_urlsafe(32)
        token = ApiToken(
            uuid.uuid4().hex,
            name,
            scopes,
            self._clock.now(),
            made_by=maker.id if maker else None,
        )
        await self._kept.add(token, _hash(text))
        return text

    async def list(self) -> list[ApiToken]:
        """Those that were not revoked, the newest first."""
        return await self._kept.list()

    async def known(self, text: str) -> ApiToken | None:
        """None where it is no token of this hub's, or was revoked."""
        found = await self._kept.by_hash(_hash(text)) if _TOKEN.fullmatch(text) else None
        return found and replace(found, scopes=found.scopes & TOKEN_SCOPES)

    async def note_use(self, token: ApiToken) -> None:
        """For the parents; what was asked for is answered all the same where the disk is full."""
        now = self._clock.now()
        if token.last_used_at is not None and abs(now - token.last_used_at) < USE_NOTED_EVERY:
            return
        try:
            await self._kept.used(token.id, now)
        except DataError as error:
            log.warning("the use of a token can't be noted", token=token.name, error=str(error))

    async def revoke(self, token_id: str) -> ApiToken:
        """It is good for nothing from now on. Raises NotFoundError."""
        return await self._kept.revoke(token_id)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
