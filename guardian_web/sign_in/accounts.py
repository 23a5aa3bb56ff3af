"""Who gets in: the one-time code of the set-up, passwords, and how guessing at them is slowed down.

Guesses are counted by address and by account. A browser that has signed in before shows so by a cookie of its own,
which opens nothing, and has its own tries: no flood of guesses keeps a family from its pages.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from guardian_web.sign_in.tries import SLOW_TRY_S, TooManyTriesError, TryLimit
from hub.core.people.passwords import check_password
from hub.core.people.people import People
from hub.domain.clock import Clock
from hub.domain.family.people import Guardian
from hub.errors import RefusedError
from hub.translation import gettext as _
from hub.translation import marked

ALPHABET = "ACDEFGHJKMNPQRTUVWXY3479"
"""No two of these look or read alike: no B and 8, I, L and 1, O and 0, S and 5, Z and 2, G and 6."""
LENGTH = 8
MAX_WRONG_GUESSES = 5
CODE_LIFE_S = 3600.0
"""A code is good for so long at least, however many guess at it, so that who reads it can finish. At 128
guesses a second, one for each connection that there may be, one code in 200,000 is guessed in that time."""
GUESS_S = 1.0
"""How long the answer to a wrong guess takes once there were `MAX_WRONG_GUESSES`."""


class SetupCode:
    """Eight characters, valid until used; wrong guesses make a new one, but none before its time.

    `text` is the code in force, for the hub to print at its start; `announce` gets each later one.
    """

    def __init__(self, announce: Callable[[str], None]) -> None:
        self._announce = announce
        self.text = _new()
        self._wrong = 0
        self._since: float | None = None
        """When the first wrong guess at this code came, on the clock."""

    async def accepts(self, guess: str, clock: Clock) -> bool:
        """Case, spaces and dashes do not count. The right code is accepted at once, whoever else guesses."""
        plain = "".join(c for c in guess.upper() if c not in " -")
        # Bytes, as compare_digest takes text only when it is ASCII.
        if hmac.compare_digest(plain.encode(errors="replace"), self.text.replace("-", "").encode()):
            return True
        now = clock.monotonic()
        if self._since is None:
            self._since = now
        self._wrong += 1
        if self._wrong <= MAX_WRONG_GUESSES:
            return False
        if now - self._since >= CODE_LIFE_S:
            self._wrong, self._since, self.text = 0, None, _new()
            self._announce(self.text)
        await clock.sleep(GUESS_S)
        return False


def _new() -> str:
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return f"{code[:4]}-{code[4:]}"


BROWSER_LIFE = timedelta(days=400)
"""The longest that browsers keep a cookie (RFC 6265bis, section 5.5)."""

MAX_STRANGERS = 32
"""Tries from browsers that have never signed in that wait for the one hash at a time, whatever their addresses."""
MAX_TRIES_A_MINUTE_FOR_ACCOUNT = 20
"""Of strangers, whatever their addresses, before each waits."""

TOLD_OF_GUESSING_EVERY_S = 600.0

WRONG = marked("That did not work. Please check the password.")
WRONG_OF_SEVERAL = marked("That did not work. Please check the name and the password.")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who tries to sign in."""

    address: str
    browser: str = ""
    """What `Accounts.mark_browser` gave, or anything else that came as that cookie."""


class Accounts:
    """Set up and sign in: gives who it is, or raises RefusedError."""

    def __init__(self, people: People, clock: Clock, setup_code: SetupCode | None) -> None:
        self._people = people
        self._clock = clock
        self._setup_code = setup_code
        self._setting_up = asyncio.Lock()
        self._limit = TryLimit(clock)
        self._limit_for_account = TryLimit(clock, MAX_TRIES_A_MINUTE_FOR_ACCOUNT)
        self._limit_of_signed_in = TryLimit(clock)
        self._told_of_guessing = TryLimit(clock, 1, TOLD_OF_GUESSING_EVERY_S)
        self._strangers = asyncio.Semaphore()
        self._strangers_waiting = 0

    async def is_set_up(self) -> bool:
        return bool(await self._people.everybody())

    async def asks_for_names(self) -> bool:
        """Not while there is only one guardian."""
        return len(await self._people.everybody()) > 1

    async def set_up(self, code: str, password: str, repeated: str) -> Guardian:
        """Set the first password: the owner. Raises RefusedError with what to change."""
        check_password(password, repeated)
        await self.check_code(code)
        async with self._setting_up:
            return await self._people.add_owner(password)

    async def check_code(self, code: str) -> None:
        """That who asks sees the screen of a new hub. Raises RefusedError."""
        if await self.is_set_up():
            raise RefusedError(_("There is a password already. Please sign in with it."))
        if self._setup_code is None or not await self._setup_code.accepts(code, self._clock):
            raise RefusedError(
                _("That is not the code. The hub shows it on the screen where it was started.")
            )

    async def sign_in(self, name: str, password: str, asker: Asker) -> Guardian:
        """Whose password it is; `name` "" is the only guardian's.

        Raises RefusedError, the same for every reason but too many tries.
        """
        guardian = await self._people.named(name)
        async with self.trying(guardian, asker):
            if not await self._people.knows_password(guardian, password) or guardian is None:
                raise RefusedError(_(WRONG_OF_SEVERAL if await self.asks_for_names() else WRONG))
        return guardian

    @asynccontextmanager
    async def trying(self, guardian: Guardian | None, asker: Asker) -> AsyncIterator[None]:
        """Around a try to sign in as that guardian: it waits for its turn, and counts unless it is left without an
        error. Raises TooManyTriesError.
        """
        known = guardian is not None and await self._is_marked(asker.browser, guardian)
        own = asker.browser if known else asker.address
        account = guardian.id if guardian else "nobody"
        await self._limit.turn(own)
        async with AsyncExitStack() as stack:
            if not known:
                await self._limit_for_account.turn(account)
                await stack.enter_async_context(self._one_stranger())
            yield
        self._limit.forget(own)
        self._limit_for_account.forget(account)

    async def confirm(self, guardian: Guardian, password: str) -> None:
        """That who is signed in is the one who knows the password. Raises RefusedError."""
        self._limit_of_signed_in.count(guardian.id)
        if not await self._people.knows_password(guardian, password):
            raise RefusedError(_("That is not your password of now."))
        self._limit_of_signed_in.forget(guardian.id)

    def guessing_is_news(self) -> bool:
        """Whether a flood of guesses is worth a line in the audit log: one in ten minutes is."""
        try:
            self._told_of_guessing.count("")
        except TooManyTriesError:
            return False
        return True

    async def mark_browser(self, browser: str, guardian: Guardian) -> str:
        """What a browser keeps in which they signed in just now, to be known by next time; `browser`: what it has."""
        if await self._is_marked(browser, guardian):
            return browser
        name = secrets.token_urlsafe(16)
        return f"{name}.{await self._mark(name, guardian)}"

    @asynccontextmanager
    async def _one_stranger(self) -> AsyncIterator[None]:
        """One at a time, so that a known browser's try is the next but one. Raises TooManyTriesError."""
        if self._strangers_waiting >= MAX_STRANGERS:
            raise TooManyTriesError(round(SLOW_TRY_S))
        self._strangers_waiting += 1
        try:
            async with self._strangers:
                yield
        finally:
            self._strangers_waiting -= 1

    async def _is_marked(self, browser: str, guardian: Guardian) -> bool:
        name, _, mark = browser.partition(".")
        return hmac.compare_digest(mark.encode(), (await self._mark(name, guardian)).encode())

    async def _mark(self, name: str, guardian: Guardian) -> str:
        """By the hash of the password, so that a new password makes strangers of all browsers."""
        key = await self._people.password_mark(guardian)
        return hmac.new(key, f"pommai browser {name}".encode(), hashlib.sha256).hexdigest()
