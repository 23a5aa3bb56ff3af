"""Every turn ends with `Finished`, whatever is thrown at it, wherever, and however long it is made to wait."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.domain.talks.talk import TurnState
from hub.errors import DataError, ProviderError
from hub.pipeline.answer.think import MAX_TOKENS
from hub.pipeline.context import Ask
from hub.pipeline.events import Finished, Said, TurnEvent
from hub.pipeline.pipeline import Pipeline
from hub.pipeline.turn import MAX_END_S
from hub.providers.base import LlmDelta, LlmRequest
from tests.clock import FakeClock, settle
from tests.pipeline.scripted import House, Scripted, ScriptedLlm, ScriptedStt, house, sound

PATIENCE_S = 20.0
ERRORS: list[Callable[[], BaseException]] = [
    lambda: ProviderError("down"),
    lambda: DataError("the disk is full"),
    lambda: OverflowError("Python int too large to convert to SQLite INTEGER"),
    lambda: RuntimeError("broken"),
    lambda: TimeoutError(),
    lambda: asyncio.CancelledError(),
]
CALLS_OF_A_TURN = 40
"""More than a turn makes: past them nothing is thrown, and the turn ends as always."""


class Countless(Scripted):
    """A model whose server reports more tokens than there are."""

    async def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta]:
        yield LlmDelta("Hello there. ")
        yield LlmDelta(tokens_in=10**23, tokens_out=-(10**23))


class Fuse:
    """Throws at the call with this number, counted over all that it is put around.

    `lasting`: at all later ones, too, but for a cancellation, which comes once.
    """

    def __init__(
        self, number: int, error: Callable[[], BaseException], *, lasting: bool = False
    ) -> None:
        self.is_lit = False
        self._left = number
        self._error = error
        self._lasting = lasting and not isinstance(error(), asyncio.CancelledError)

    def around(self, part: Any, *names: str) -> Any:
        return _Fused(part, frozenset(names), self)

    def burn(self) -> None:
        self._left -= self.is_lit
        if self.is_lit and (self._left == 0 or (self._lasting and self._left < 0)):
            raise self._error()


class _Fused:
    """Passes everything on to `part`; calls burn the fuse before, and `names` are parts that do so, too."""

    def __init__(self, part: Any, names: frozenset[str], fuse: Fuse) -> None:
        self._part = part
        self._names = names
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if name in self._names:
            return self._fuse.around(found)
        if not callable(found):
            return found

        def call(*args: Any, **named: Any) -> Any:
            self._fuse.burn()
            return found(*args, **named)

        return call


async def events_of(home: House, ask: Ask) -> list[TurnEvent]:
    async with asyncio.timeout(PATIENCE_S), home.pipeline.turn(ask) as turn:
        return [event async for event in turn]


def is_over(events: list[TurnEvent]) -> bool:
    return isinstance(events[-1], Finished) and not any(
        isinstance(event, Finished) for event in events[:-1]
    )


async def test_a_model_that_reports_more_tokens_than_there_are_ends_its_turn(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, llms=[Countless("countless")]) as home:
        assert is_over(await events_of(home, Ask(home.toy, "say", text="hello")))
        [turn] = await home.store.turns.recent(5)
    assert (turn.state, turn.tokens_in, turn.tokens_out) == (TurnState.DONE, MAX_TOKENS, 0)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    number=st.integers(1, CALLS_OF_A_TURN),
    error=st.sampled_from(ERRORS),
    spoken=st.booleans(),
    lasting=st.booleans(),
)
def test_a_turn_ends_whatever_is_thrown_wherever(
    tmp_path_factory: pytest.TempPathFactory,
    number: int,
    error: Callable[[], BaseException],
    *,
    spoken: bool,
    lasting: bool,
) -> None:
    async def run() -> None:
        fuse = Fuse(number, error, lasting=lasting)
        stts, llms = [ScriptedStt("hello")], [ScriptedLlm("Hello there. ", "How are you?")]
        async with house(tmp_path_factory.mktemp("home"), stts=stts, llms=llms) as home:
            services = replace(
                home.services,
                guard=fuse.around(home.guard),
                store=fuse.around(
                    home.store, "turns", "alerts", "household", "children", "adults", "ledger"
                ),
                providers=fuse.around(home.providers),
                outgoing=fuse.around(home.services.outgoing),
                alerts=fuse.around(home.services.alerts),
                sounds=fuse.around(home.services.sounds),
                settings=replace_settings(home),
            )
            home.pipeline = Pipeline(services)
            heard = sound(("silence", 300), ("voice", 1000), ("silence", 3000))
            ask = Ask(home.toy, "say", audio=heard) if spoken else Ask(home.toy, "say", text="hi")
            turn = home.pipeline.turn(ask)
            fuse.is_lit = True
            async with asyncio.timeout(PATIENCE_S), turn:
                assert is_over([event async for event in turn])

    asyncio.run(run())


def replace_settings(home: House) -> Any:
    return home.services.settings.model_copy(update={"filler_s": 1.0, "give_up_s": 2.0})


async def test_a_turn_that_waits_for_ever_is_ended_by_the_clock(tmp_path: Path) -> None:
    class Stuck:
        """A store of turns that never answers."""

        def __getattr__(self, name: str) -> Any:
            async def never(*args: Any, **named: Any) -> None:
                await asyncio.Event().wait()

            return never

    clock = FakeClock()
    async with house(tmp_path, llms=[ScriptedLlm("Hello.")], clock=clock) as home:
        home.store.turns = Stuck()  # type: ignore[assignment]
        events = list[TurnEvent]()

        async def talk() -> None:
            async with home.pipeline.turn(Ask(home.toy, "say", text="hello")) as turn:
                events.extend([event async for event in turn])

        talking = asyncio.create_task(talk())
        await settle()
        await clock.advance(3600)
        async with asyncio.timeout(PATIENCE_S):
            await talking
    assert isinstance(events[-1], Finished)


async def test_whoever_leaves_a_turn_that_does_not_end_is_let_go(tmp_path: Path) -> None:
    class Unclosable(Scripted):
        """A model whose connection never closes."""

        async def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta]:
            try:
                yield LlmDelta("Once there was a cow. ")
                await asyncio.Event().wait()
            finally:
                await closed.wait()

    clock, closed = FakeClock(), asyncio.Event()
    async with house(tmp_path, llms=[Unclosable("unclosable")], clock=clock) as home:

        async def leave() -> None:
            async with home.pipeline.turn(Ask(home.toy, "say", text="a story")) as turn:
                async for event in turn:
                    if isinstance(event, Said):
                        return

        leaving = asyncio.create_task(leave())
        while not home.tts.spoken:
            await asyncio.sleep(0.001)
        await clock.advance(MAX_END_S - 1)
        assert not leaving.done()
        leaving.cancel()
        await settle()
        assert not leaving.done(), "nothing of a turn is left behind, however often it is cancelled"
        await clock.advance(2)
        await asyncio.wait([leaving], timeout=PATIENCE_S)
        assert leaving.cancelled()
        closed.set()
        await settle()
