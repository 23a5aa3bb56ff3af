"""Makes `asyncio.timeout` end as it does since Python 3.11.3 on what came before: Debian bookworm has 3.11.2.

There, once a TaskGroup failed in a task, each timeout in it that expires is a CancelledError instead of a
TimeoutError: a loop that tries again ends for good, and nobody hears of it.
"""

import asyncio
import sys
from types import TracebackType
from weakref import WeakKeyDictionary


def mend() -> None:
    """For the whole process, as libraries set timeouts, too; harmless where there is nothing to mend."""
    if sys.version_info >= (3, 11, 3):
        return
    enter, leave = asyncio.Timeout.__aenter__, asyncio.Timeout.__aexit__
    before: WeakKeyDictionary[asyncio.Timeout, int] = WeakKeyDictionary()

    async def remembering(self: asyncio.Timeout) -> asyncio.Timeout:
        before[self] = _cancelling()
        return await enter(self)

    async def in_time(
        self: asyncio.Timeout,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await leave(self, kind, error, trace)
        if self.expired() and kind is asyncio.CancelledError and _cancelling() <= before[self]:
            raise TimeoutError from error

    asyncio.Timeout.__aenter__ = remembering  # type: ignore[method-assign]  # this one can't
    asyncio.Timeout.__aexit__ = in_time  # type: ignore[assignment,method-assign]


def _cancelling() -> int:
    """How many ask the task that runs to end; what a failed TaskGroup left counts, too."""
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0
