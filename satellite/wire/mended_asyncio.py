"""Mends two faults of asyncio in Debian bookworm's Python (3.11.2); each can end a link for good."""

import asyncio
import sys
from asyncio import sslproto
from types import TracebackType
from weakref import WeakKeyDictionary


def mend() -> None:
    """For the whole process, as libraries wait and hang up, too; does nothing where there is nothing to mend."""
    if sys.version_info < (3, 11, 3):
        _mend_timeouts()
        _mend_abort()


def _mend_timeouts() -> None:
    """Once a TaskGroup failed in a task, each timeout in it that expires is a CancelledError, not a TimeoutError.

    So a loop that tries again ends, and nobody hears of it.
    """
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


def _mend_abort() -> None:
    """To abort what was closed twice, by its peer's end and by us, raises AttributeError."""
    transport = sslproto._SSLProtocolTransport  # noqa: SLF001  # it has no other name
    abort = transport.abort

    def abort_once(self: sslproto._SSLProtocolTransport) -> None:
        if self._ssl_protocol is not None:
            abort(self)

    transport.abort = abort_once  # type: ignore[assignment,method-assign]


def _cancelling() -> int:
    """How many ask the task that runs to end; what a failed TaskGroup left counts, too."""
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0
