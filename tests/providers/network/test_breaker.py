"""A provider that keeps failing is left alone, and tried again by one request."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from hub.domain.toys import ProviderKind
from hub.errors import (
    ProviderAuthError,
    ProviderBusyError,
    ProviderError,
    ProviderRequestError,
    ProviderUnavailableError,
)
from hub.providers.network.breaker import (
    FAILURES,
    FIRST_PAUSE_S,
    LONGEST_ASKED_S,
    LONGEST_PAUSE_S,
    Breaker,
)
from tests.clock import FakeClock, settle

PATIENCE_S = 10.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def breaker(clock: FakeClock) -> Breaker:
    return Breaker(ProviderKind.LLM, "cloud", clock)


def ask(breaker: Breaker, error: Exception | None = None) -> None:
    with breaker.attempt(PATIENCE_S):
        if error is not None:
            raise error


def fail(breaker: Breaker, times: int, error: Exception | None = None) -> None:
    for _ in range(times):
        with pytest.raises(ProviderError):
            ask(breaker, error or ProviderError("cloud: down"))


def test_it_is_left_alone_after_so_many_failures_in_a_row(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    assert breaker.ready
    ask(breaker)
    fail(breaker, FAILURES - 1)
    assert breaker.ready
    fail(breaker, 1)
    assert (breaker.ready, breaker.state, breaker.problem) == (False, "open", "cloud: down")
    with pytest.raises(ProviderUnavailableError, match="left alone for now; cloud: down"):
        ask(breaker)


def test_the_last_resort_is_always_asked(clock: FakeClock) -> None:
    embedded = Breaker(ProviderKind.LLM, "storyteller", clock, last_resort=True)
    fail(embedded, 2 * FAILURES)
    fail(embedded, 1, ProviderBusyError("storyteller: busy", 60.0))
    assert embedded.ready
    ask(embedded)


async def test_one_request_tries_it_again_and_brings_it_back(
    breaker: Breaker, clock: FakeClock
) -> None:
    fail(breaker, FAILURES)
    await clock.advance(FIRST_PAUSE_S - 1)
    assert not breaker.ready
    await clock.advance(1)
    assert breaker.ready
    with breaker.attempt(PATIENCE_S):
        assert breaker.state == "half-open"
        assert not breaker.ready
        with pytest.raises(ProviderUnavailableError):
            ask(breaker)
    assert (breaker.ready, breaker.state, breaker.problem) == (True, "closed", "")
    fail(breaker, FAILURES - 1)
    assert breaker.ready


async def test_each_trial_that_fails_doubles_the_pause_up_to_a_limit(
    breaker: Breaker, clock: FakeClock
) -> None:
    fail(breaker, FAILURES)
    pause_s = FIRST_PAUSE_S
    while pause_s < LONGEST_PAUSE_S:
        await clock.advance(pause_s)
        fail(breaker, 1)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        await clock.advance(pause_s - 1)
        assert not breaker.ready
        await clock.advance(1)
        assert breaker.ready


@pytest.mark.parametrize(
    ("error", "pause_s"),
    [
        (ProviderBusyError("cloud: too many requests", 45.0), 45.0),
        (ProviderBusyError("cloud: too many requests", 86_400.0), LONGEST_ASKED_S),
        (ProviderAuthError("cloud: the key is refused"), LONGEST_PAUSE_S),
    ],
)
async def test_who_asks_to_be_left_alone_or_refuses_the_key_is_so_at_once(
    breaker: Breaker, clock: FakeClock, error: ProviderError, pause_s: float
) -> None:
    fail(breaker, 1, error)
    await clock.advance(pause_s - 1)
    assert not breaker.ready
    await clock.advance(1)
    assert breaker.ready


def test_a_voice_that_it_does_not_know_says_nothing_of_its_health(breaker: Breaker) -> None:
    fail(breaker, 2 * FAILURES, ProviderRequestError("cloud: no such voice"))
    assert breaker.ready


def test_what_breaks_inside_a_provider_is_a_providers_error(breaker: Breaker) -> None:
    for _ in range(FAILURES):
        with pytest.raises(ProviderError, match="cloud: broke: ZeroDivisionError"):
            ask(breaker, ZeroDivisionError("Mia said …"))
    assert not breaker.ready


async def hanging(breaker: Breaker) -> AsyncGenerator[str]:
    with breaker.attempt(PATIENCE_S) as attempt:
        attempt.heard_from()
        yield "Once"
        attempt.wait_anew()
        await asyncio.Event().wait()


async def read(breaker: Breaker) -> None:
    async with aclosing(hanging(breaker)) as pieces:
        async for _ in pieces:
            pass


async def test_who_is_given_up_on_has_failed_and_who_is_interrupted_has_not(
    breaker: Breaker, clock: FakeClock
) -> None:
    for waited_s, ready in [(PATIENCE_S / 2, True), (PATIENCE_S, False)]:
        for _ in range(FAILURES):
            reading = asyncio.create_task(read(breaker))
            await settle()
            await clock.advance(waited_s)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        assert breaker.ready is ready


async def test_a_trial_that_is_interrupted_leaves_the_trial_to_the_next(
    breaker: Breaker, clock: FakeClock
) -> None:
    fail(breaker, FAILURES)
    await clock.advance(FIRST_PAUSE_S)
    reading = asyncio.create_task(read(breaker))
    await settle()
    assert not breaker.ready
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert breaker.ready
    ask(breaker)
    assert breaker.state == "closed"


async def test_an_answer_that_is_stopped_by_who_asked_is_an_answer(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    async with aclosing(hanging(breaker)) as pieces:
        await anext(pieces)
    fail(breaker, 1)
    assert breaker.ready
