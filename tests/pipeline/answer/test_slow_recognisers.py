"""A recogniser or a guard that is slow: the toy says that it thinks, and gives up kindly."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from pathlib import Path

import pytest

from hub.config import TurnSection
from hub.domain.audio import PcmChunk
from hub.domain.safety import CheckRequest, Direction, Verdict
from hub.domain.talks.talk import Transcript, TurnState
from hub.pipeline.context import Ask
from hub.pipeline.events import Finished, Heard, SpeechEnded
from tests.clock import FakeClock
from tests.pipeline.answer.slow import APOLOGIES, HURT, PATIENT, Talk, kept, let_pass, talking
from tests.pipeline.scripted import (
    CheckThat,
    Scripted,
    ScriptedLlm,
    house,
)
from tests.pipeline.turns import FILLERS, all_done, until


class SlowStt(Scripted):
    """Hears `text` when it may."""

    def __init__(self, text: str) -> None:
        super().__init__("slow-stt")
        self._text = text
        self.may = asyncio.Event()

    async def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        async for _ in audio:
            continue
        await self.may.wait()
        yield Transcript(self._text)


@pytest.mark.parametrize("drafted", [True, False])
async def test_a_slow_recogniser_is_waited_for_with_a_let_me_think(
    tmp_path: Path, drafted: bool
) -> None:
    clock, stt = FakeClock(), SlowStt("do you like bears")
    stt.local = drafted
    llm = ScriptedLlm("I like bears.")
    async with house(tmp_path, stts=[stt], llms=[llm], clock=clock, settings=PATIENT) as home:
        async with talking(home, aloud=True, from_event=SpeechEnded) as talk:
            await until(lambda: clock.falls_due(1.5))
            await clock.advance(1.4)
            assert talk.said == []
            await clock.advance(0.1)
            await until(lambda: len(talk.said) == 1)
            await let_pass(clock, 4.5)
            await until(lambda: len(talk.said) == 2)
            assert not talk.has(Heard)
            stt.may.set()
        turn = await kept(home)
    first, second, answer = talk.said
    assert {first, second} <= set(FILLERS)
    assert first != second
    assert answer == "I like bears."
    assert (turn.heard, turn.said) == ("do you like bears", talk.said)
    assert turn.timings_ms["filler"] == turn.timings_ms["endpoint"] + 1500


async def test_one_let_me_think_of_the_recogniser_and_the_next_of_the_model(
    tmp_path: Path,
) -> None:
    clock, stt, ready = FakeClock(), SlowStt("do you like bears"), asyncio.Event()
    llm = ScriptedLlm(ready, "I like bears.")
    async with house(tmp_path, stts=[stt], llms=[llm], clock=clock, settings=PATIENT) as home:
        async with talking(home, aloud=True, from_event=SpeechEnded) as talk:
            await let_pass(clock, 1.5)
            await until(lambda: len(talk.said) == 1)
            stt.may.set()
            await until(lambda: llm.requests)
            await until(lambda: clock.falls_due(4.5))
            await clock.advance(4.4)
            assert len(talk.said) == 1
            await clock.advance(0.1)
            await until(lambda: len(talk.said) == 2)
            ready.set()
        turn = await kept(home)
    assert len(set(talk.said)) == 3
    assert turn.said == talk.said


async def test_a_recogniser_that_takes_for_ever_is_given_up_kindly(tmp_path: Path) -> None:
    clock, stt = FakeClock(), SlowStt("hello")
    patient = TurnSection(stt_timeout_s=60)
    async with house(tmp_path, stts=[stt], clock=clock, settings=patient) as home:
        async with talking(home, aloud=True, from_event=SpeechEnded) as talk:
            await let_pass(clock, 1.5)
            await until(lambda: len(talk.said) == 1)
            await let_pass(clock, 4.5)
            await until(lambda: len(talk.said) == 2)
            await let_pass(clock, 6)
        turn = await kept(home)
    assert talk.said[-1] in APOLOGIES
    assert (turn.state, turn.said) == (TurnState.FAILED, talk.said)
    assert turn.error == "slow-stt: too slow: 12 s passed without a sound"


async def test_where_nothing_was_said_after_all_no_turn_is_kept(tmp_path: Path) -> None:
    clock, stt = FakeClock(), SlowStt("")
    async with house(tmp_path, stts=[stt], clock=clock, settings=PATIENT) as home:
        async with talking(home, aloud=True, from_event=SpeechEnded) as talk:
            await let_pass(clock, 1.5)
            await until(lambda: len(talk.said) == 1)
            stt.may.set()
        assert await home.store.turns.recent(1) == []
    assert talk.events[-1] == Finished(None)


async def test_a_slow_recogniser_is_waited_for_in_silence_soon_after_something_serious(
    tmp_path: Path,
) -> None:
    clock, stt = FakeClock(), SlowStt("i am sad")
    llm = ScriptedLlm("I am here.")
    async with house(tmp_path, stts=[stt], llms=[llm], clock=clock, settings=PATIENT) as home:
        await home.say(HURT)
        async with talking(home, aloud=True, from_event=SpeechEnded) as talk:
            await until(lambda: clock.falls_due(1.5))
            await clock.advance(7)
            await all_done(home)
            assert talk.said == []
            stt.may.set()
    assert talk.said == ["I am here."]


class SlowCheck(CheckThat):
    """Of the child's words, it waits until it may tell."""

    def __init__(self) -> None:
        super().__init__(Verdict(allowed=True))
        self.asked = False
        self.may = asyncio.Event()

    async def check(self, request: CheckRequest) -> Verdict:
        if request.direction is Direction.CHILD:
            self.asked = True
            await self.may.wait()
        return await super().check(request)


async def test_a_slow_guard_is_waited_for_with_a_let_me_think(tmp_path: Path) -> None:
    clock, check = FakeClock(), SlowCheck()
    llm = ScriptedLlm("I like bears.")
    async with house(
        tmp_path, llms=[llm], checks=[check], clock=clock, settings=PATIENT, check_s=60
    ) as home:
        talk = Talk()

        async def read() -> None:
            async with home.pipeline.turn(Ask(home.toy, "say", text="do you like bears")) as turn:
                async for event in turn:
                    talk.events.append(event)

        reading = asyncio.create_task(read())
        await until(lambda: check.asked)
        await let_pass(clock, 1.5)
        await until(lambda: len(talk.said) == 1)
        assert not llm.requests
        check.may.set()
        await reading
        turn = await kept(home)
    assert talk.said[0] in FILLERS
    assert talk.said[1:] == ["I like bears."]
    assert turn.said == talk.said
