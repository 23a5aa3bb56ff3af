"""A clock that tests turn by hand."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Implements `hub.domain.clock.Clock`; time passes only in `advance`."""

    def __init__(self) -> None:
        self._time = 1000.0
        self._epoch = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def monotonic(self) -> float:
        return self._time

    def now(self) -> datetime:
        return self._epoch + timedelta(seconds=self._time - 1000.0)

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        self._at(seconds, lambda: None if woken.done() else woken.set_result(None))
        await woken

    def timeout(self, seconds: float | None) -> asyncio.Timeout:
        timeout = asyncio.timeout(None)
        if seconds is not None:
            self._at(seconds, lambda: _expire(timeout))
        return timeout

    async def advance(self, seconds: float) -> None:
        """Fire what falls due within `seconds`, in order, and let every task run."""
        await settle()
        end = self._time + seconds
        while self._due and self._due[0][0] <= end:
            self._time, _, fire = heapq.heappop(self._due)
            fire()
            await settle()
        self._time = end
        await settle()

    def falls_due(self, seconds: float) -> bool:
        """Whether somebody waits until just then."""
        return any(abs(at - self._time - seconds) < 1e-6 for at, _, _ in self._due)

    def _at(self, seconds: float, fire: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self._time + max(0.0, seconds), next(self._order), fire))


async def settle(rounds: int = 50) -> None:
    """Let ready tasks run until they all wait again."""
    for _ in range(rounds):
        await asyncio.sleep(0)


def _expire(timeout: asyncio.Timeout) -> None:
    try:
        timeout.reschedule(asyncio.get_running_loop().time())
    except RuntimeError:
        return  # not entered, or left already: nothing to end
