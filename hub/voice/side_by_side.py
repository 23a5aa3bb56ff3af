"""Runs what a connection needs side by side until one of it fails."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from hub.errors import leaves


async def first_failure(*works: Coroutine[Any, Any, None]) -> Exception:
    """What the first of them to fail raised; the others are cancelled by then. None of them ends by itself.

    No TaskGroup may fail here: before Python 3.13 that loses a cancellation which comes at the same time, and
    whoever cancelled waits for ever.
    """
    failed: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    async def run(work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - the caller's to judge
            if not failed.done():
                failed.set_result(error)

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(run(work)) for work in works]
        error = await failed
        for task in running:
            task.cancel()
    return leaves(error)[0] if isinstance(error, ExceptionGroup) else error
