"""Asking once more when trouble passes: only before a provider's first byte, and only while a child can wait."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from hub.domain.clock import Clock
from hub.errors import ProviderBusyError

ATTEMPTS = 2
PAUSE_S = 0.2
LONGEST_PAUSE_S = 1.0
"""A provider that asks for more is left alone: the next in the list answers the child sooner."""

T = TypeVar("T")


async def asked_again(ask: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """What `ask` gives. A ProviderBusyError is tried again after the pause that it names (Retry-After)."""
    retrying = AsyncRetrying(
        retry=retry_if_exception(_passes),
        stop=stop_after_attempt(ATTEMPTS),
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
    return isinstance(error, ProviderBusyError) and (error.retry_after_s or 0) <= LONGEST_PAUSE_S


def _pause_s(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_s if isinstance(error, ProviderBusyError) else None
    return PAUSE_S if asked is None else asked
