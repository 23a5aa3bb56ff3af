"""Bearer tokens: making one, and knowing one that comes with a request.

A token is 32 random bytes, shown once; its SHA-256 is in the database, so that a stolen copy opens nothing.
"""

import hashlib
import re
import secrets
import uuid
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Final

import structlog

from hub.domain.api import ApiToken, Scope
from hub.domain.clock import Clock
from hub.errors import DataError
from hub.storage.api_tokens import ApiTokenRepository

PREFIX: Final = "pommai_"
USE_NOTED_EVERY: Final = timedelta(minutes=1)

_TOKEN: Final = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}")
_BEARER: Final = re.compile(r"Bearer +(\S{1,200})", re.IGNORECASE)

log = structlog.get_logger()


async def make(
    store: ApiTokenRepository, clock: Clock, name: str, scopes: AbstractSet[Scope]
) -> str:
    """The new token itself, to be shown and forgotten. Raises DataError, RefusedError."""
    text = PREFIX + secrets.token_urlsafe(32)
    kept = ApiToken(uuid.uuid4().hex, name, scopes, clock.now())
    await store.add(kept, _hash(text))
    return text


def bearer(header: str) -> str:
    """The token in an `Authorization` header; "" where there is none."""
    found = _BEARER.fullmatch(header)
    return found[1] if found else ""


async def known(store: ApiTokenRepository, text: str) -> ApiToken | None:
    """None where it is no token of this hub's, or was revoked."""
    return await store.by_hash(_hash(text)) if _TOKEN.fullmatch(text) else None


async def note_use(store: ApiTokenRepository, clock: Clock, token: ApiToken) -> None:
    """For the parents; what was asked for is answered all the same where the disk is full."""
    now = clock.now()
    if token.last_used_at is not None and abs(now - token.last_used_at) < USE_NOTED_EVERY:
        return
    try:
        await store.used(token.id, now)
    except DataError as error:
        log.warning("the use of a token can't be noted", token=token.name, error=str(error))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
