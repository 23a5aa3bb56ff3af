"""Time as a dependency, so that pacing and deadlines are tested without waiting.

The hub has its own in `hub/domain/clock.py`, which also knows the time of day: the satellite never imports the hub.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Final, Protocol

BUILT_S: Final = 1_767_225_600.0
"""The first of January 2026: a machine's clock that says less was never set."""


class Clock(Protocol):
    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None: ...

    def timeout(self, seconds: float | None) -> asyncio.Timeout:
        """Like `asyncio.timeout`: `async with` it; raises TimeoutError when the time is up."""
        ...


class SystemClock:
    """The machine's own clock."""

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def timeout(self, seconds: float | None) -> asyncio.Timeout:
        return asyncio.timeout(seconds)


async def happens(event: asyncio.Event, clock: Clock, within_s: float | None) -> bool:
    """Whether `event` is set in time; None waits for ever."""
    try:
        async with clock.timeout(within_s):
            await event.wait()
    except TimeoutError:
        return False
    return True


def backoff_s() -> Iterator[float]:
    """1, 2, 4 … 30, 30, 30: how long to wait before a broken device is tried again."""
    pause_s = 1.0
    while True:
        yield pause_s
        pause_s = min(2 * pause_s, 30.0)
