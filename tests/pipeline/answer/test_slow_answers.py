"""A slow or broken answer, as a child hears it: "let me think", and a kind end; nothing twice."""

import asyncio
from pathlib import Path

import pytest

from hub.domain.talks.talk import Message, TurnState
from hub.domain.talks.trace import Work
from hub.errors import StoppedError
from tests.clock import FakeClock
from tests.pipeline.answer.slow import APOLOGIES, HURT, PATIENT, SlowTts, kept, let_pass, talking
from tests.pipeline.scripted import (
    ScriptedLlm,
    house,
)
from tests.pipeline.turns import FILLERS, all_done, until


async def test_while_a_model_is_slow_the_toy_says_twice_that_it_thinks(tmp_path: Path) -> None:
    clock, ready = FakeClock(), asyncio.Event()
    llm = ScriptedLlm(ready, "I like ", "bears.")
    async with house(tmp_path, llms=[llm], clock=clock, settings=PATIENT) as home:
        async with talking(home) as talk:
            await clock.advance(1.4)
            assert talk.said == []
            await clock.advance(0.1)
            await until(lambda: len(talk.said) == 1)
            await clock.advance(4.5)
            await until(lambda: len(talk.said) == 2)
            await clock.advance(5)
            ready.set()
        turn = await kept(home)
    first, second, answer = talk.said
    assert {first, second} <= set(FILLERS)
    assert first != second
    assert answer == "I like bears."
    assert (turn.state, turn.said) == (TurnState.DONE, talk.said)
    assert (turn.timings_ms["filler"], turn.timings_ms["first_audio"]) == (1500, 11_000)


async def test_a_model_that_is_quick_enough_is_waited_for_in_silence(tmp_path: Path) -> None:
    clock, ready = FakeClock(), asyncio.Event()
    llm = ScriptedLlm(ready, "Yes.")
    async with house(tmp_path, llms=[llm], clock=clock) as home, talking(home) as talk:
        await clock.advance(1.4)
        ready.set()
    assert talk.said == ["Yes."]


async def test_a_slow_voice_is_waited_for_with_a_line_that_is_at_hand(tmp_path: Path) -> None:
    clock, tts, llm = FakeClock(), SlowTts(), ScriptedLlm("Yes.")
    async with house(tmp_path, llms=[llm], ttses=[tts], clock=clock, settings=PATIENT) as home:
        async with talking(home) as talk:
            await clock.advance(1.5)
            await until(lambda: talk.said)
            tts.may.set()
        turn = await kept(home)
    assert talk.said[0] in FILLERS
    assert talk.said[1:] == ["Yes."]
    assert turn.said == talk.said, "in the order in which it sounded"


async def test_a_line_is_kept_while_its_sound_is_made_and_not_said_where_none_comes(
    tmp_path: Path,
) -> None:
    clock, tts, llm = FakeClock(), SlowTts(), ScriptedLlm("Yes.")
    async with house(tmp_path, llms=[llm], ttses=[tts], clock=clock) as home:
        async with talking(home) as talk:
            while (await kept(home)).said != ["Yes."]:
                await asyncio.sleep(0.001)
            assert talk.said == []
            await let_pass(clock, 1.5)
            await let_pass(clock, 4.5)
            await let_pass(clock, 6)  # it is given up
            tts.may.set()
        turn = await kept(home)
    assert "Yes." not in talk.said
    assert turn.said == talk.said
    assert turn.state is TurnState.FAILED


async def test_fillers_are_no_part_of_what_a_model_remembers(tmp_path: Path) -> None:
    clock, ready = FakeClock(), asyncio.Event()
    llm = ScriptedLlm(ready, "I like bears.")
    async with house(tmp_path, llms=[llm], clock=clock) as home:
        async with talking(home) as talk:
            await clock.advance(1.5)
            await until(lambda: talk.said)
            ready.set()
        assert talk.said[0] in FILLERS
        await home.say("and cats")
    assert llm.requests[-1].messages[1:] == (
        Message("user", "do you like bears"),
        Message("assistant", "I like bears."),
        Message("user", "and cats"),
    )


async def test_an_answer_that_takes_for_ever_is_given_up_kindly(tmp_path: Path) -> None:
    clock = FakeClock()
    llm = ScriptedLlm(asyncio.Event())
    async with house(tmp_path, llms=[llm], clock=clock, settings=PATIENT) as home:
        async with talking(home) as talk:
            await until(lambda: llm.requests)
            await clock.advance(1.5)
            await until(lambda: len(talk.said) == 1)
            await clock.advance(4.5)
            await until(lambda: len(talk.said) == 2)
            await clock.advance(6)
        turn = await kept(home)
    assert llm.closed
    assert talk.said[-1] in APOLOGIES
    assert (turn.state, turn.said) == (TurnState.FAILED, talk.said)
    assert turn.error == "scripted-llm: too slow: 12 s passed without a sound"
    assert [span.failed for span in turn.spans if span.work is Work.LLM] == [True]


async def test_before_that_the_next_model_is_asked(tmp_path: Path) -> None:
    clock = FakeClock()
    llms = [ScriptedLlm(asyncio.Event()), ScriptedLlm("Hello.")]
    async with house(tmp_path, llms=llms, clock=clock) as home:
        async with talking(home) as talk:
            await until(lambda: llms[0].requests)
            await clock.advance(1.5)
            await until(lambda: len(talk.said) == 1)
            await clock.advance(4.5)
            await until(lambda: len(talk.said) == 2)
            await clock.advance(4)
        turn = await kept(home)
    assert talk.said[-1] == "Hello."
    assert turn.state is TurnState.DONE


async def test_an_answer_that_stops_in_the_middle_is_given_up_kindly(tmp_path: Path) -> None:
    clock = FakeClock()
    llms = [ScriptedLlm("Once there was a bear. ", asyncio.Event())]
    async with house(tmp_path, llms=llms, clock=clock, settings=PATIENT) as home:
        async with talking(home) as talk:
            await until(lambda: talk.said)
            while len(talk.said) < 2:
                await clock.advance(1)
                await asyncio.sleep(0.001)
        turn = await kept(home)
    assert talk.said[0] == "Once there was a bear."
    assert talk.said[1] in APOLOGIES
    assert turn.state is TurnState.FAILED


@pytest.mark.parametrize("words", [HURT, "are you real"])
async def test_no_let_me_think_before_a_redirect_or_the_truth(tmp_path: Path, words: str) -> None:
    clock, tts = FakeClock(), SlowTts()
    async with (
        house(tmp_path, ttses=[tts], clock=clock, settings=PATIENT) as home,
        talking(home, words) as talk,
    ):
        await clock.advance(7)
        await all_done(home)
        assert talk.said == []
        tts.may.set()
    assert len(talk.said) == 1
    assert talk.said[0] not in FILLERS


async def test_no_let_me_think_soon_after_something_serious(tmp_path: Path) -> None:
    clock, ready = FakeClock(), asyncio.Event()
    llm = ScriptedLlm(ready, "I am here.")
    async with house(tmp_path, llms=[llm], clock=clock, settings=PATIENT) as home:
        await home.say(HURT)
        async with talking(home, "i am sad") as talk:
            await clock.advance(7)
            await all_done(home)
            assert talk.said == []
            ready.set()
    assert talk.said == ["I am here."]


async def test_a_stopped_toy_does_not_say_that_it_thinks(tmp_path: Path) -> None:
    clock = FakeClock()
    async with house(tmp_path, llms=[ScriptedLlm(asyncio.Event())], clock=clock) as home:

        async def stop_amid() -> None:
            async with talking(home) as talk:
                await clock.advance(1)
                home.pipeline.emergency_stop.call()
                await clock.advance(20)
                assert talk.said == []

        with pytest.raises(StoppedError):
            await stop_amid()
        assert home.tts.spoken == []
