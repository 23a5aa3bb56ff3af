"""Trouble that passes is tried once more, when the far side wants it, and never for long."""

import asyncio

import pytest

from hub.errors import ProviderAuthError, ProviderBusyError, ProviderError
from hub.providers.network.requests import PAUSE_S, asked_again, retry_after_s
from tests.clock import FakeClock


class Service:
    """Raises each of `troubles`, then answers."""

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)
        self.asked = 0

    async def ask(self) -> str:
        self.asked += 1
        if self.troubles:
            raise self.troubles.pop(0)
        return "answer"


@pytest.mark.parametrize(("asks_for_s", "pause_s"), [(None, PAUSE_S), (0.5, 0.5), (1.0, 1.0)])
async def test_the_second_try_comes_after_the_pause(
    asks_for_s: float | None, pause_s: float
) -> None:
    clock, service = FakeClock(), Service(ProviderBusyError("busy", asks_for_s))
    asking = asyncio.create_task(asked_again(service.ask, clock))
    await clock.advance(pause_s - 0.01)
    assert service.asked == 1
    await clock.advance(0.02)
    assert service.asked == 2
    assert await asking == "answer"


@pytest.mark.parametrize(
    "trouble",
    [ProviderBusyError("busy", 1.5), ProviderAuthError("key"), ProviderError("nonsense")],
)
async def test_what_does_not_pass_soon_is_told_at_once(trouble: ProviderError) -> None:
    service = Service(trouble)
    with pytest.raises(type(trouble), match=str(trouble)):
        await asked_again(service.ask, FakeClock())
    assert service.asked == 1


async def test_there_is_no_third_try() -> None:
    clock, service = FakeClock(), Service(*[ProviderBusyError("busy") for _ in range(3)])
    asking = asyncio.create_task(asked_again(service.ask, clock))
    await clock.advance(10)
    with pytest.raises(ProviderBusyError):
        await asking
    assert service.asked == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("30", 30.0), ("0", 0.0), (None, None), ("", None), ("-1", None), ("1e9", None)],
)
def test_retry_after_is_seconds_or_nothing(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header) == seconds
    assert retry_after_s("Wed, 21 Oct 2026 07:28:00 GMT") is None
