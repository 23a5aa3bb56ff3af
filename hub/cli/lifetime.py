"""Runs a command's work until it ends, or a person or the system asks it to stop."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any


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
