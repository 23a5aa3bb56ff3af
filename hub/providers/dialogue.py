"""Listening to a service while still speaking to it: for recognisers that stream both ways."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from typing import TypeVar

from hub.domain.clock import Clock

T = TypeVar("T")


async def answers(
    send: Coroutine[None, None, None],
    receive: Callable[[], Coroutine[None, None, T]],
    clock: Clock,
    timeout_s: float,
) -> AsyncGenerator[T]:
    """What `receive` gives, again and again, while `send` runs; the reader stops when it has enough.

    Raises what `send` raises; TimeoutError when the reader isn't content `timeout_s` after `send` ended.
    Closing it stops both.
    """
    sending = asyncio.create_task(send)
    receiving: asyncio.Task[T] | None = None
    deadline: float | None = None
    try:
        while True:
            receiving = receiving or asyncio.create_task(receive())
            if deadline is None:
                await asyncio.wait((sending, receiving), return_when=asyncio.FIRST_COMPLETED)
                if sending.done():
                    sending.result()
                    deadline = clock.monotonic() + timeout_s
            else:
                async with clock.timeout(max(0.0, deadline - clock.monotonic())):
                    await asyncio.wait((receiving,))
            if receiving.done():
                answer, receiving = receiving.result(), None
                yield answer
    finally:
        tasks: list[Awaitable[object]] = []
        for task in (sending, receiving):
            if task is not None:
                task.cancel()
                tasks.append(task)
        await asyncio.gather(*tasks, return_exceptions=True)
