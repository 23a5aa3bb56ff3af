"""A turn whose providers fail, hang or never stop: the child always hears something kind."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from hub import log
from hub.config import TurnSection
from hub.domain.audio import PcmChunk
from hub.domain.talks.talk import TurnState
from hub.domain.toys import Voice
from hub.errors import ProviderAuthError, ProviderError
from hub.pipeline.context import Ask
from hub.pipeline.events import TurnEvent
from hub.pipeline.turn import RunningTurn
from tests.clock import FakeClock, settle
from tests.pipeline.scripted import SPEECH, ScriptedLlm, ScriptedStt, ScriptedTts, house, sound
from tests.pipeline.turns import record, said, until


async def test_the_next_model_answers_when_the_first_is_down(tmp_path: Path) -> None:
    broken = ScriptedLlm(ProviderAuthError("openai: the key is refused"))
    async with house(tmp_path, llms=[broken, ScriptedLlm("Hello you.")]) as home:
        events = await home.say("hi")
    assert said(events) == ["Hello you."]
    assert record(events).state is TurnState.DONE


async def test_a_reply_that_breaks_off_ends_kindly_and_is_not_begun_again(tmp_path: Path) -> None:
    breaks = ScriptedLlm("Once there was a bear. ", "He ", ProviderError("cut"))
    second = ScriptedLlm("Something else entirely.")
    async with house(tmp_path, llms=[breaks, second]) as home:
        events = await home.say("a story please")
    turn = record(events)
    assert said(events)[0] == "Once there was a bear."
    assert len(said(events)) == 2
    assert second.requests == []
    assert (turn.state, turn.error) == (TurnState.FAILED, "cut")


async def test_a_model_that_hangs_ends_in_a_kind_line(tmp_path: Path) -> None:
    clock, llm = FakeClock(), ScriptedLlm(asyncio.Event())
    settings = TurnSection(give_up_s=60)
    async with house(tmp_path, llms=[llm], clock=clock, settings=settings) as home:
        saying = asyncio.create_task(home.say("hi"))
        await until(lambda: llm.requests)
        while not saying.done():
            await clock.advance(5)
            await asyncio.sleep(0.01)
        turn = record(saying.result())
    assert turn.state is TurnState.FAILED
    assert "nothing for 10 s" in turn.error
    assert turn.said


async def test_a_model_that_never_stops_is_ended(tmp_path: Path) -> None:
    llm = ScriptedLlm(*["word word word word. "] * 1000)
    async with house(tmp_path, llms=[llm]) as home:
        turn = record(await home.say("talk"))
    assert len(" ".join(turn.said)) < 2200
    assert llm.closed


async def test_the_next_voice_speaks_with_its_own_default_when_the_first_is_down(
    tmp_path: Path,
) -> None:
    down, up = ScriptedTts("down", error=ProviderError("no")), ScriptedTts("up")
    async with house(tmp_path, llms=[ScriptedLlm("Hello.")], ttses=[down, up]) as home:
        home.toy = type(home.toy)(home.toy.id, "Pommai", voice=Voice("rachel"))
        turn = record(await home.say("hi"))
    assert (up.spoken, up.voices) == (["Hello."], [Voice()])
    assert turn.providers["tts"] == "up"


async def test_without_any_voice_the_turn_still_ends_and_says_why(tmp_path: Path) -> None:
    down = ScriptedTts("down", error=ProviderError("down: no sound"))
    async with house(tmp_path, llms=[ScriptedLlm("Hello.")], ttses=[down]) as home:
        turn = record(await home.say("hi"))
    assert (turn.state, turn.error) == (TurnState.FAILED, "down: no sound")


async def test_a_voice_that_breaks_as_nobody_foresaw_still_ends_the_turn(tmp_path: Path) -> None:
    broken = ScriptedTts("broken", error=ValueError("no such sample rate"))
    async with house(tmp_path, llms=[ScriptedLlm("Hello.")], ttses=[broken]) as home:
        turn = record(await home.say("hi"))
        [kept] = await home.store.turns.recent(1)
    assert (turn.state, turn.error) == (TurnState.FAILED, "no such sample rate")
    assert (kept.heard, kept.state) == ("hi", TurnState.FAILED)


async def test_without_any_recogniser_the_child_hears_a_kind_line(tmp_path: Path) -> None:
    broken = ScriptedStt(error=ProviderError("sphinx: model missing"))
    async with house(tmp_path, stts=[broken]) as home:
        turn = record(await home.hear(*SPEECH))
    assert (turn.state, turn.error) == (TurnState.FAILED, "sphinx: model missing")
    assert home.tts.spoken


async def test_a_second_recogniser_gets_the_whole_utterance(tmp_path: Path) -> None:
    second = ScriptedStt("hello")
    stts = [ScriptedStt(error=ProviderError("down")), second]
    async with house(tmp_path, stts=stts, llms=[ScriptedLlm("Hi.")]) as home:
        turn = record(await home.hear(*SPEECH))
    assert turn.heard == "hello"
    assert second.heard_ms == turn.audio_in_ms


async def test_a_recogniser_that_hangs_is_given_up(tmp_path: Path) -> None:
    clock = FakeClock()
    stts = [ScriptedStt("never", hangs=True), ScriptedStt("hello")]
    patient = TurnSection(give_up_s=200)
    async with house(
        tmp_path, stts=stts, llms=[ScriptedLlm("Hi.")], clock=clock, settings=patient
    ) as home:
        hearing = asyncio.create_task(home.hear(*SPEECH))
        while not hearing.done():
            await settle()
            await clock.advance(1)
            await asyncio.sleep(0.01)
        assert record(hearing.result()).heard == "hello"


async def test_a_microphone_that_stops_sending_ends_the_utterance(tmp_path: Path) -> None:
    clock = FakeClock()

    async def stalls() -> AsyncIterator[PcmChunk]:
        async for chunk in sound(("voice", 1000)):
            yield chunk
        await asyncio.Event().wait()

    stt = ScriptedStt("hello")
    async with house(tmp_path, stts=[stt], llms=[ScriptedLlm("Hi.")], clock=clock) as home:
        ask = Ask(home.toy, "satellite", audio=stalls())
        async with home.pipeline.turn(ask) as turn:
            reading = asyncio.create_task(all_of(turn))
            while not reading.done():
                await clock.advance(1)
                await asyncio.sleep(0.01)
    assert record(reading.result()).heard == "hello"


async def all_of(turn: RunningTurn) -> list[TurnEvent]:
    return [event async for event in turn]


async def test_each_line_of_the_log_says_which_turn_it_is_about(tmp_path: Path) -> None:
    stream = io.StringIO()
    log.set_up("json", "info", stream=stream)
    async with house(tmp_path, llms=[ScriptedLlm(ProviderError("no words"))]) as home:
        first, second = await asyncio.gather(home.say("hi"), home.say("hello"))
        structlog.get_logger("hub.app").info("between turns")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    failed = [line["turn"] for line in lines if line["event"] == "language model failed"]
    assert sorted(failed) == sorted([record(first).id, record(second).id])
    assert [line for line in lines if line["event"] == "between turns" and "turn" in line] == []
