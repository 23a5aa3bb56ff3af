"""The guardian's password and sessions.

A session is a random token in a cookie and its SHA-256 in the database, so a stolen copy of the
database signs nobody in. (`aiohttp-session` would bring a dictionary that nobody here needs, and
a clock of its own.)

Who guesses at the password is slowed down by address. A browser that has signed in before shows so by a cookie
of its own, which opens nothing, and has its own tries: no flood of guesses keeps a family from its pages.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.core.access import GuardianRepository
from hub.domain.clock import Clock
from hub.errors import RefusedError

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


SESSION_LIFE = timedelta(days=30)
SESSION_RENEWED_AFTER = timedelta(days=1)
MIN_PASSWORD_CHARS = 10
MAX_PASSWORD_CHARS = 1000
"""Characters."""

BROWSER_LIFE = timedelta(days=400)
"""The longest that browsers keep a cookie (RFC 6265bis, section 5.5)."""

MAX_STRANGERS = 32
"""Tries from browsers that have never signed in that wait for the one hash at a time, whatever their addresses."""
MAX_WAITING = 3
SLOW_TRY_S = 3.0
"""How long a try waits for each that waits of its address, itself included."""

NOT_THE_SAME = "The two passwords are not the same. Please type them again."

Result = TypeVar("Result")


class TooManyTriesError(RefusedError):
    """Somebody guesses at a password or a token faster than a person who forgot it would."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"Too many tries. Please wait {wait_s} seconds, then try again.")
        self.wait_s = wait_s


class TryLimit:
    """At most `tries` in `seconds` from one address at full speed; who is over it waits, and others need not."""

    def __init__(self, clock: Clock, tries: int = 5, seconds: float = 60.0) -> None:
        self._clock = clock
        self._tries = tries
        self._seconds = seconds
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._waiting: dict[str, int] = {}

    def count(self, address: str) -> None:
        """Raises TooManyTriesError with how long to wait."""
        now = self._clock.monotonic()
        times = self._times.setdefault(address, deque())
        self._times.move_to_end(address)
        while len(self._times) > 1024:
            self._times.popitem(last=False)
        while times and times[0] <= now - self._seconds:
            times.popleft()
        if len(times) >= self._tries:
            wait_s = round(times[0] + self._seconds - now) or 1
            raise TooManyTriesError(wait_s)
        times.append(now)

    async def turn(self, address: str) -> None:
        """Wait until this address may try again: it is slowed down, so that the right password still gets in.

        Raises TooManyTriesError where `MAX_WAITING` of its tries wait already.
        """
        try:
            self.count(address)
        except TooManyTriesError:
            waiting = self._waiting.get(address, 0)
            if waiting >= MAX_WAITING:
                raise
            self._waiting[address] = waiting + 1
            try:
                await self._clock.sleep(SLOW_TRY_S * (waiting + 1))
            finally:
                self._waiting[address] -= 1
                if not self._waiting[address]:
                    del self._waiting[address]

    def forget(self, address: str) -> None:
        self._times.pop(address, None)


def check_length(password: str) -> None:
    """Raises RefusedError for one that is too short or too long."""
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        raise RefusedError(
            f"Please choose a password of {MIN_PASSWORD_CHARS} characters or more, "
            f"up to {MAX_PASSWORD_CHARS}."
        )


async def replace_password(store: GuardianRepository, password: str) -> None:
    """For whoever owns the hub's computer and forgot the last one: signs every browser out. Raises RefusedError."""
    check_length(password)
    await store.set_password_hash(await asyncio.to_thread(PasswordHasher().hash, password))
    await store.sessions.delete_all()


class Accounts:
    """Set up, sign in, sign out. `close` ends the thread that hashes passwords."""

    def __init__(
        self, store: GuardianRepository, clock: Clock, setup_code: SetupCode | None
    ) -> None:
        self._store = store
        self._clock = clock
        self._setup_code = setup_code
        self._setting_up = asyncio.Lock()
        self._limit = TryLimit(clock)
        self._strangers = asyncio.Semaphore()
        self._strangers_waiting = 0
        self._hasher = PasswordHasher()
        # One at a time: a hash takes 64 MiB and tens of milliseconds, by design.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="password")

    def close(self) -> None:
        self._thread.shutdown(wait=False)

    async def is_set_up(self) -> bool:
        return await self._store.password_hash() is not None

    async def set_up(self, code: str, password: str, repeated: str) -> str:
        """Set the first password and sign in: the token. Raises RefusedError with what to change."""
        check_length(password)
        if password != repeated:
            raise RefusedError(NOT_THE_SAME)
        if await self.is_set_up():
            raise RefusedError("There is a password already. Please sign in with it.")
        if self._setup_code is None or not await self._setup_code.accepts(code, self._clock):
            raise RefusedError(
                "That is not the code. The hub shows it on the screen where it was started."
            )
        async with self._setting_up:
            if await self.is_set_up():
                raise RefusedError("There is a password already. Please sign in with it.")
            await self._store.set_password_hash(await self._in_thread(self._hasher.hash, password))
        return await self._new_session()

    async def sign_in(self, password: str, address: str, browser: str = "") -> str:
        """The new session's token; `browser` is what `mark_browser` gave. Raises RefusedError,
        the same for every reason but too many tries."""
        stored = await self._store.password_hash()
        known = stored is not None and _is_marked(browser, stored)
        asker = browser if known else address
        await self._limit.turn(asker)
        async with AsyncExitStack() as stack:
            if not known:
                await stack.enter_async_context(self._one_stranger())
            if stored is None or not await self._fits(stored, password):
                raise RefusedError("That did not work. Please check the password.")
        self._limit.forget(asker)
        if self._hasher.check_needs_rehash(stored):
            await self._store.set_password_hash(await self._in_thread(self._hasher.hash, password))
        return await self._new_session()

    async def mark_browser(self, browser: str) -> str:
        """What a browser that has just signed in keeps, to be known by at its next sign-in; `browser`: what it has."""
        stored = await self._store.password_hash()
        if stored is None or _is_marked(browser, stored):
            return browser
        name = secrets.token_urlsafe(16)
        return f"{name}.{_mark(name, stored)}"

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

    async def knows(self, token: str) -> bool:
        """Whether this token is signed in now."""
        return bool(token) and await self._store.sessions.get(_hash(token)) is not None

    async def renew(self, token: str) -> bool:
        """Start a session's 30 days again, at most once a day; whether that was due."""
        expires = await self._store.sessions.get(_hash(token))
        fresh = self._clock.now() + SESSION_LIFE
        if expires is None or fresh - expires < SESSION_RENEWED_AFTER:
            return False
        await self._store.sessions.create(_hash(token), fresh)
        return True

    async def sign_out(self, token: str) -> None:
        await self._store.sessions.delete(_hash(token))

    async def sign_out_everywhere(self) -> None:
        await self._store.sessions.delete_all()

    async def _new_session(self) -> str:
        token = secrets.token_urlsafe(32)
        await self._store.sessions.create(_hash(token), self._clock.now() + SESSION_LIFE)
        return token

    async def _fits(self, stored: str, password: str) -> bool:
        if len(password) > MAX_PASSWORD_CHARS:
            return False
        try:
            return await self._in_thread(self._hasher.verify, stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[..., Result], *args: str) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)


def _mark(name: str, stored: str) -> str:
    """By the hash of the password, so that a new password makes strangers of all browsers."""
    return hmac.new(stored.encode(), f"pommai browser {name}".encode(), hashlib.sha256).hexdigest()


def _is_marked(browser: str, stored: str) -> bool:
    name, _, mark = browser.partition(".")
    return hmac.compare_digest(mark.encode(), _mark(name, stored).encode())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
