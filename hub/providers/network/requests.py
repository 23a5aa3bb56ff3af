"""What requests to a server share: one more try, and hearing while still sending."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from hub.domain.clock import Clock
from hub.errors import ProviderBusyError

MAX_ATTEMPTS = 2
PAUSE_S = 0.2
MAX_PAUSE_S = 1.0
"""A provider that asks for more is left alone: the next in the list answers the child sooner."""

T = TypeVar("T")


async def asked_again(ask: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """What `ask` gives. A ProviderBusyError is tried again after the pause that it names (Retry-After).

    For use before a provider's first byte only: what was half heard is never begun again.
    """
    retrying = AsyncRetrying(
        retry=retry_if_exception(_passes),
        stop=stop_after_attempt(MAX_ATTEMPTS),
        wait=_pause_s,
        sleep=clock.sleep,
        reraise=True,
    )
    async for attempt in retrying:
        with attempt:
            return await ask()
    raise AssertionError("tenacity reraises the last error")


def retry_after_s(header: str | None) -> float | None:
    """Seconds of a Retry-After header; None where it has none or a date."""
    return float(header) if header and header.strip().isdecimal() else None


def _passes(error: BaseException) -> bool:
    return isinstance(error, ProviderBusyError) and (error.retry_after_s or 0) <= MAX_PAUSE_S


def _pause_s(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_s if isinstance(error, ProviderBusyError) else None
    return PAUSE_S if asked is None else asked


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
        tasks = [task for task in (sending, receiving) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
