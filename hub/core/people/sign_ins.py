"""Where guardians are signed in.

A sign-in is a random token in a cookie and its SHA-256 in the database, so that a stolen copy of the database
signs nobody in. (`aiohttp-session` would bring a dictionary that nobody here needs, and a clock of its own.)
"""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hub.domain.clock import Clock
from hub.domain.family.people import Guardian, SignIn
from hub.storage.store import Store

IDLE_LIFE: Final = timedelta(days=30)
"""A sign-in that nobody uses is over after it."""
LONGEST_LIFE: Final = timedelta(days=180)
"""Any sign-in is."""
RENEWED_AFTER: Final = timedelta(days=1)
"""A cookie is sent anew at most so often."""
SEEN_EVERY: Final = timedelta(minutes=10)
"""How exactly it is kept when a sign-in was used last."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who brought a token, and the sign-in that it is of."""

    guardian: Guardian
    sign_in: SignIn


class SignIns:
    """Those of one household."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._kept = store.sign_ins
        self._clock = clock

    async def begin(self, guardian: Guardian, device: str, place: str) -> str:
        """A new token, for a browser to keep."""
        token, now = secrets.token_urlsafe(32), self._clock.now()
        sign_in = SignIn(
            uuid.uuid4().hex,
            guardian.id,
            created_at=now,
            seen_at=now,
            expires_at=now + IDLE_LIFE,
            ends_at=now + LONGEST_LIFE,
            device=device,
            place=place,
        )
        await self._kept.add(sign_in, hashed(token))
        return token

    async def known(self, token: str) -> SignedIn | None:
        """None where the token is none, or its sign-in is over."""
        found = await self._kept.get(hashed(token)) if token else None
        return found and SignedIn(found[1], found[0])

    async def seen(self, token: str) -> bool:
        """Note that a page was loaded: 30 days begin anew. Gives whether the browser needs the cookie anew."""
        found = await self._kept.get(hashed(token))
        if found is None:
            return False
        now, sign_in = self._clock.now(), found[0]
        expires_at = min(now + IDLE_LIFE, sign_in.ends_at)
        is_due = expires_at - sign_in.expires_at >= RENEWED_AFTER
        if is_due or abs(now - sign_in.seen_at) >= SEEN_EVERY:
            kept = expires_at if is_due else sign_in.expires_at
            await self._kept.seen(hashed(token), now, kept)
        return is_due

    async def of(self, guardian_id: str) -> Sequence[SignIn]:
        """The one that was used last stands first."""
        return await self._kept.of(guardian_id)

    async def end(self, token: str) -> None:
        """Sign this browser out."""
        await self._kept.end(hashed(token))

    async def end_one(self, guardian_id: str, sign_in_id: str) -> None:
        """Raises NotFoundError where this guardian has no such sign-in."""
        await self._kept.end_one(guardian_id, sign_in_id)

    async def end_all(self, guardian_id: str, but_for: str = "") -> None:
        """All of this guardian's; `but_for`: the token of one that stays."""
        await self._kept.end_all(guardian_id, hashed(but_for) if but_for else "")


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
