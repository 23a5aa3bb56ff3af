"""What a command needs that stays up: an end when it is asked to stop, and a small heap."""

import asyncio
import ctypes
import signal
import sys
from collections.abc import Coroutine
from typing import Any

M_ARENA_MAX = -8
"""glibc's malloc.h: how many heaps there are at most."""


def run_until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Ctrl-C and SIGTERM cancel `work`, which then cleans up; neither is an error."""

    async def stoppable() -> None:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        await work

    try:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(stoppable())
    except (KeyboardInterrupt, asyncio.CancelledError):
        return


def _new_loop() -> asyncio.AbstractEventLoop:
    """uvloop: with 60 toys a turn waits a fifth as long for the hub as with asyncio's own loop."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


def share_one_heap() -> None:
    """One heap for all threads, on glibc: else each thread keeps what it freed, some 6 MB in all.

    Python's threads take turns anyway, so they hardly wait for each other here.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if mallopt is not None:
            mallopt(M_ARENA_MAX, 1)
