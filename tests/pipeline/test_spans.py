"""A turn's spans: who did what when, from real turns, and from a clock that is turned by hand."""

import asyncio
from pathlib import Path

import pytest

from hub.config import TurnSection
from hub.domain.talks.talk import Turn
from hub.domain.talks.trace import Span, Work
from hub.errors import ProviderError
from hub.pipeline.context import Ask
from hub.pipeline.events import Finished, Said
from hub.pipeline.timings import MAX_SPANS, Timings
from tests.clock import FakeClock
from tests.pipeline.scripted import House, ScriptedLlm, ScriptedStt, ScriptedTts, house

SPEECH = (("silence", 300.0), ("voice", 1000.0), ("silence", 2000.0))


async def last(home: House) -> Turn:
    return (await home.store.turns.recent(1))[0]


def of(turn: Turn, work: Work) -> list[Span]:
    return [span for span in turn.spans if span.work is work]


async def test_a_kept_turn_says_who_heard_checked_thought_spoke_and_sent(tmp_path: Path) -> None:
    llm = ScriptedLlm("Far away. ", "Very far.")
    async with house(tmp_path, stts=[ScriptedStt("how far")], llms=[llm]) as home:
        await home.hear(*SPEECH)
        turn = await last(home)
    made_by = {(span.work, span.provider, span.clause) for span in turn.spans}
    clauses = [
        (work, by, clause)
        for work, by in ((Work.CHECK, ""), (Work.TTS, "scripted-tts"), (Work.SEND, ""))
        for clause in (1, 2)
    ]
    once = [(Work.STT, "stt-how far", 0), (Work.CHECK, "", 0), (Work.RECALL, "", 0)]
    assert made_by == {*once, (Work.LLM, "scripted-llm", 0), *clauses}
    assert all(span.end_ms is not None and not span.failed for span in turn.spans)


async def test_a_clause_is_written_checked_spoken_and_sent_in_that_order(tmp_path: Path) -> None:
    async with house(tmp_path, llms=[ScriptedLlm("Yes. ", "No.")]) as home:
        await home.say("hello")
        turn = await last(home)
    for clause in (1, 2):
        check, voice, send = sorted(
            (span for span in turn.spans if span.clause == clause),
            key=lambda span: list(Work).index(span.work),
        )
        assert check.end_ms is not None
        assert voice.first_ms is not None
        assert send.first_ms is not None
        assert check.start_ms <= check.end_ms <= voice.start_ms <= voice.first_ms <= send.first_ms


async def test_a_provider_that_failed_is_shown_before_the_one_that_stood_in(tmp_path: Path) -> None:
    broken = ScriptedTts("broken", error=ProviderError("no sound today"))
    async with house(tmp_path, llms=[ScriptedLlm("Yes.")], ttses=[broken, ScriptedTts()]) as home:
        await home.say("hello")
        turn = await last(home)
    first, second = of(turn, Work.TTS)
    assert (first.provider, first.failed, first.first_ms) == ("broken", True, None)
    assert (second.provider, second.failed) == ("scripted-tts", False)


async def test_a_recogniser_that_failed_is_shown_too(tmp_path: Path) -> None:
    stts = [ScriptedStt(error=ProviderError("deaf")), ScriptedStt("hello")]
    async with house(tmp_path, stts=stts, llms=[ScriptedLlm("Yes.")]) as home:
        await home.hear(*SPEECH)
        turn = await last(home)
    assert [(span.provider, span.failed) for span in of(turn, Work.STT)] == [
        ("stt-broken", True),
        ("stt-hello", False),
    ]


async def test_a_recogniser_that_took_too_long_failed(tmp_path: Path) -> None:
    stts = [ScriptedStt("slow", hangs=True), ScriptedStt("hello")]
    settings = TurnSection(stt_timeout_s=0.05)
    async with house(tmp_path, stts=stts, llms=[ScriptedLlm("Yes.")], settings=settings) as home:
        await home.hear(*SPEECH)
        turn = await last(home)
    assert [(span.provider, span.failed) for span in of(turn, Work.STT)] == [
        ("stt-slow", True),
        ("stt-hello", False),
    ]


async def test_a_turn_that_was_cut_keeps_what_was_under_way(tmp_path: Path) -> None:
    llm = ScriptedLlm("One. ", asyncio.Event())
    async with house(tmp_path, llms=[llm]) as home:
        async with home.pipeline.turn(Ask(home.toy, "say", text="hello")) as events:
            async for event in events:
                if isinstance(event, Said):
                    break
        turn = await last(home)
    (think,) = of(turn, Work.LLM)
    assert think.first_ms is not None
    assert [span.clause for span in of(turn, Work.SEND)] == [1]


async def test_whoever_counts_is_told_of_every_turn_once_when_it_is_over(tmp_path: Path) -> None:
    ended: list[Turn] = []
    stts = [ScriptedStt("hello")]
    async with house(tmp_path, stts=stts, llms=[ScriptedLlm("Yes.")], on_end=ended.append) as home:
        events = await home.say("hello")
        await home.hear(("silence", 12_000.0))
        async with home.pipeline.turn(Ask(home.toy, "say", text="hello")) as cut:
            await anext(aiter(cut))
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert ended[0] is finished.turn
    assert [(turn.state.value, turn.revision > 0) for turn in ended] == [
        ("done", True),
        ("thinking", False),
        ("cut", True),
    ]


async def test_the_sound_of_a_turn_is_judged_and_kept(tmp_path: Path) -> None:
    async with house(tmp_path, stts=[ScriptedStt("hi")], llms=[ScriptedLlm("Yes.")]) as home:
        await home.say("hello")
        typed = await last(home)
        await home.hear(*SPEECH)
        spoken = await last(home)
    assert typed.sound is None
    assert spoken.sound is not None
    assert (spoken.sound.level_dbfs, spoken.sound.noise_dbfs) == (-12, -96)
    assert spoken.sound.duration_ms > 1500


async def test_spans_move_with_the_end_of_speech() -> None:
    clock = FakeClock()
    timings = Timings(clock, lambda step, ms: None)
    await clock.advance(2)
    async with timings.span(Work.STT, "ear") as hearing:
        await clock.advance(1)
        timings.zero(ago_ms=300)
        await clock.advance(0.1)
        hearing.first()
        hearing.first()
        await clock.advance(0.1)
    assert timings.spans == [Span(Work.STT, -700.0, "ear", first_ms=400.0, end_ms=500.0)]


async def test_a_turn_s_spans_are_bounded() -> None:
    timings = Timings(FakeClock(), lambda step, ms: None)
    for number in range(MAX_SPANS + 50):
        timings.begin(Work.TTS, "voice", str(number)).end()
    assert len(timings.spans) == MAX_SPANS


async def test_only_a_provider_s_own_error_is_its_failure() -> None:
    timings = Timings(FakeClock(), lambda step, ms: None)
    for error in (ProviderError("down"), asyncio.CancelledError()):
        with pytest.raises(type(error)):
            async with timings.span(Work.LLM, "model"):
                raise error
    assert [span.failed for span in timings.spans] == [True, False]
