"""Passwords as Argon2 hashes, made one at a time in a thread of their own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.errors import RefusedError
from hub.translation import gettext as _
from hub.translation import marked

MIN_PASSWORD_CHARS: Final = 10
MAX_PASSWORD_CHARS: Final = 1000
"""Characters."""

NOT_THE_SAME: Final = marked("The two passwords are not the same. Please type them again.")

Result = TypeVar("Result")


def check_password(password: str, repeated: str | None = None) -> None:
    """Raises RefusedError for one that is too short, too long, or not the same the second time."""
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        raise RefusedError(
            _(
                "Please choose a password of %(least)s characters or more, up to %(most)s.",
                least=MIN_PASSWORD_CHARS,
                most=MAX_PASSWORD_CHARS,
            )
        )
    if repeated is not None and repeated != password:
        raise RefusedError(_(NOT_THE_SAME))


class Passwords:
    """`close` ends the thread."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        # One at a time: a hash takes 64 MiB and tens of milliseconds, by design.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="password")
        self._nobodys = ""
        """Stands for the hash of who isn't there, so that finding that out takes as long as a wrong password."""

    def close(self) -> None:
        self._thread.shutdown(wait=False)

    async def hash(self, password: str) -> str:
        return await self._in_thread(self._hasher.hash, password)

    async def fits(self, stored: str | None, password: str) -> bool:
        """Whether it is the password of that hash; None, for nobody's, takes as long and never is."""
        if len(password) > MAX_PASSWORD_CHARS:
            return False
        if stored is None:
            self._nobodys = self._nobodys or await self.hash("nobody's password")
        try:
            fits = await self._in_thread(self._hasher.verify, stored or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return fits if stored else False

    def is_dated(self, stored: str) -> bool:
        """Whether it was made by weaker rules than those of today."""
        return self._hasher.check_needs_rehash(stored)

    async def _in_thread(self, work: Callable[..., Result], *args: str) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)
