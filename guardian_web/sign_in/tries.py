"""How often somebody may try a password, a code or a token: who guesses is slowed down, and others are not."""

from collections import OrderedDict, deque
from typing import Final

from hub.domain.clock import Clock
from hub.errors import RefusedError
from hub.translation import ngettext

MAX_KEPT: Final = 1024
"""Of whom tries are counted at once; the one who tried least recently is forgotten."""
MAX_WAITING: Final = 3
SLOW_TRY_S: Final = 3.0
"""How long a try waits for each that waits of its asker, itself included."""


class TooManyTriesError(RefusedError):
    """Somebody guesses at a password, a code or a token faster than a person who forgot it would."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(
            ngettext(
                "Too many tries. Please wait %(num)s second, then try again.",
                "Too many tries. Please wait %(num)s seconds, then try again.",
                wait_s,
            )
            if wait_s <= 120
            else ngettext(
                "Too many tries. Please wait %(num)s minute, then try again.",
                "Too many tries. Please wait %(num)s minutes, then try again.",
                -(-wait_s // 60),
            )
        )
        self.wait_s = wait_s


class TryLimit:
    """At most `tries` in `seconds` of one asker at full speed; who is over it waits, and others need not.

    An asker is an address, a browser that is known, or an account.
    """

    def __init__(self, clock: Clock, tries: int = 5, seconds: float = 60.0) -> None:
        self._clock = clock
        self._tries = tries
        self._seconds = seconds
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._waiting: dict[str, int] = {}

    def count(self, asker: str) -> None:
        """Raises TooManyTriesError with how long to wait."""
        now = self._clock.monotonic()
        times = self._times.setdefault(asker, deque())
        self._times.move_to_end(asker)
        while len(self._times) > MAX_KEPT:
            self._times.popitem(last=False)
        while times and times[0] <= now - self._seconds:
            times.popleft()
        if len(times) >= self._tries:
            wait_s = round(times[0] + self._seconds - now) or 1
            raise TooManyTriesError(wait_s)
        times.append(now)

    async def turn(self, asker: str) -> None:
        """Wait until this one may try again: slowed down, so that the right password still gets in.

        Raises TooManyTriesError where `MAX_WAITING` of its tries wait already.
        """
        try:
            self.count(asker)
        except TooManyTriesError:
            waiting = self._waiting.get(asker, 0)
            if waiting >= MAX_WAITING:
                raise
            self._waiting[asker] = waiting + 1
            try:
                await self._clock.sleep(SLOW_TRY_S * (waiting + 1))
            finally:
                self._waiting[asker] -= 1
                if not self._waiting[asker]:
                    del self._waiting[asker]

    def forget(self, asker: str) -> None:
        self._times.pop(asker, None)
