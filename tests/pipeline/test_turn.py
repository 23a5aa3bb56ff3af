"""A whole turn: what is promised of it, with a real guard and a real database."""

import asyncio
from pathlib import Path

import pytest

from hub.domain.family.children import Child
from hub.domain.safety import Category, Direction, SafetyLevel, Verdict
from hub.domain.talks.talk import Turn, TurnState
from hub.errors import DiskFullError, ProviderError
from hub.events import TurnStep
from hub.knowledge.history import messages
from hub.pipeline.context import Ask
from hub.pipeline.events import (
    Audio,
    Finished,
    Heard,
    Interim,
    Refused,
    Said,
    SpeechEnded,
    SpeechStarted,
)
from tests.clock import FakeClock
from tests.pipeline.scripted import SPEECH, CheckThat, ScriptedLlm, ScriptedStt, house
from tests.pipeline.turns import all_done, kinds, record, said


async def test_a_spoken_question_is_heard_answered_and_kept(tmp_path: Path) -> None:
    llm = ScriptedLlm("Far, ", "far away. ", "As far as", " nine trips around the world!")
    async with house(tmp_path, stts=[ScriptedStt("how far is the moon")], llms=[llm]) as home:
        events = await home.hear(*SPEECH)
        kept = await home.store.turns.get(record(events).id)
    assert kinds(events) == [SpeechStarted, Interim, SpeechEnded, Heard, Said, Audio, Finished]
    assert Interim("how far is the moon") in events
    assert said(events) == ["Far, far away.", "As far as nine trips around the world!"]
    assert home.tts.spoken == said(events)
    assert kept is not None
    assert (kept.heard, kept.confidence) == ("how far is the moon", 0.8)
    assert (kept.said, kept.state) == (said(events), TurnState.DONE)
    assert (kept.tokens_in, kept.tokens_out) == (10, 4)
    assert kept.providers == {
        "stt": "stt-how far is the moon",
        "llm": "scripted-llm",
        "tts": "scripted-tts",
    }
    assert kept.audio_in_ms > 1000
    assert kept.audio_out_ms == pytest.approx(400, abs=1)


async def test_its_steps_are_timed_in_order_and_published(tmp_path: Path) -> None:
    llm = ScriptedLlm("Yes. No.")
    async with house(tmp_path, stts=[ScriptedStt("hello")], llms=[llm]) as home:
        with home.bus.subscribe() as events:
            turn = record(await home.hear(*SPEECH))
            steps: list[str] = []
            while not steps or steps[-1] != "finished":
                event = await events.get()
                if isinstance(event, TurnStep):
                    steps.append(event.step)
    thought = ["transcript", "check", "first_token", "first_clause", "first_audio"]
    assert set(steps) == {"endpoint", *thought, "answered", "finished"}
    assert [step for step in turn.timings_ms if step in thought] == thought
    assert steps[0] == "endpoint", "nothing is told of a draft before the turn is decided"
    assert set(steps) == set(turn.timings_ms)
    assert list(turn.timings_ms.values()) == sorted(turn.timings_ms.values())


async def test_sound_without_speech_leaves_no_trace(tmp_path: Path) -> None:
    async with house(tmp_path, stts=[ScriptedStt("ghost")]) as home:
        events = await home.hear(("silence", 12_000))
        assert events == [Finished(None)]
        assert await home.store.turns.recent(5) == []


async def test_speech_that_no_recogniser_makes_words_of_leaves_no_trace(tmp_path: Path) -> None:
    async with house(tmp_path, stts=[ScriptedStt("")]) as home:
        events = await home.hear(*SPEECH)
        assert kinds(events) == [SpeechStarted, SpeechEnded, Finished]
        assert await home.store.turns.recent(5) == []


async def test_the_childs_words_are_on_disk_before_the_model_is_asked(tmp_path: Path) -> None:
    gate = asyncio.Event()
    llm = ScriptedLlm(gate, "Hi.")
    async with (
        house(tmp_path, llms=[llm]) as home,
        home.pipeline.turn(Ask(home.toy, "say", text="hello you")) as turn,
    ):
        async for event in turn:
            if isinstance(event, Heard):
                assert [t.heard for t in await home.store.turns.recent(5)] == ["hello you"]
                gate.set()


async def test_an_alert_is_on_disk_before_the_redirect_is_spoken(tmp_path: Path) -> None:
    llm = ScriptedLlm("never asked")
    async with (
        house(tmp_path, llms=[llm]) as home,
        home.pipeline.turn(Ask(home.toy, "say", text="i want to hurt myself")) as turn,
    ):
        alerts = 0
        async for event in turn:
            if isinstance(event, Refused):
                alerts = len(await home.store.alerts.list(5))
            if isinstance(event, Audio):
                assert alerts == 1
        assert llm.requests == []
        assert messages(await home.store.turns.for_model(home.toy.id)) == []


async def test_refused_words_of_the_model_are_kept_for_the_parent_and_never_spoken(
    tmp_path: Path,
) -> None:
    llm = ScriptedLlm("Sure! ", "Tell me where you live. ", "And then some more.")
    async with house(tmp_path, llms=[llm]) as home:
        events = await home.say("let us play")
    turn = record(events)
    assert turn.state is TurnState.REFUSED
    assert turn.refused == ["Tell me where you live."]
    assert said(events)[0] == "Sure!"
    assert len(said(events)) == 2, "a redirect follows, and nothing more of the model"
    assert "live" not in " ".join(home.tts.spoken)
    assert llm.closed
    assert [e.direction for e in events if isinstance(e, Refused)] == [Direction.TOY]


@pytest.mark.parametrize("nonsense", [RuntimeError("broken"), None, "yes"])
async def test_a_check_that_fails_lets_nothing_unchecked_pass(
    tmp_path: Path, nonsense: object
) -> None:
    llm = ScriptedLlm("Hello.")
    async with house(tmp_path, llms=[llm], checks=[CheckThat(nonsense)]) as home:
        turn = record(await home.say("hello"))
    assert llm.requests == []
    assert turn.verdicts[0].category is Category.UNCHECKED
    assert turn.said, "the child hears a redirect"


async def test_a_check_that_hangs_is_a_refusal_at_its_deadline(tmp_path: Path) -> None:
    class Hangs(CheckThat):
        async def check(self, request: object) -> Verdict:
            await asyncio.Event().wait()
            raise AssertionError

    clock = FakeClock()
    async with house(tmp_path, checks=[Hangs(None)], clock=clock) as home:
        saying = asyncio.create_task(home.say("hello"))
        while not saying.done():
            await clock.advance(1)
            await asyncio.sleep(0.01)
        assert record(saying.result()).verdicts[0].category is Category.UNCHECKED


async def test_a_turn_that_is_left_early_is_kept_as_cut_with_what_was_said(tmp_path: Path) -> None:
    llm = ScriptedLlm("First. ", "Second. ", asyncio.Event())
    async with house(tmp_path, llms=[llm]) as home:
        async with home.pipeline.turn(Ask(home.toy, "say", text="tell me")) as turn:
            async for event in turn:
                if isinstance(event, Audio):
                    await all_done(home)
                    break
        kept = (await home.store.turns.recent(1))[0]
    assert kept.state is TurnState.CUT
    assert kept.said == ["First."], "the second was under way, and never sounded"
    assert llm.closed


async def test_an_answer_that_nobody_played_to_its_end_is_not_done(tmp_path: Path) -> None:
    async with house(tmp_path, llms=[ScriptedLlm("One short answer.")]) as home:
        async with home.pipeline.turn(Ask(home.toy, "say", text="tell me")) as turn:
            async for event in turn:
                if isinstance(event, Audio):
                    await all_done(home)  # all of it is made by now
                    break
        kept = (await home.store.turns.recent(1))[0]
    assert kept.state is TurnState.CUT


async def test_a_slow_listener_holds_the_model_back(tmp_path: Path) -> None:
    llm = ScriptedLlm(*["A whole sentence of words. "] * 60)
    async with house(tmp_path, llms=[llm]) as home:
        async with home.pipeline.turn(Ask(home.toy, "say", text="tell me")):
            await all_done(home)
            assert llm.written < 60
        assert llm.closed


async def test_words_that_cannot_be_stored_go_to_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    llm = ScriptedLlm("Hello.")
    async with house(tmp_path, llms=[llm]) as home:

        async def full(turn: Turn) -> Turn:
            raise DiskFullError("the disk is full")

        monkeypatch.setattr(home.store.turns, "begin", full)
        events = await home.say("hi")
    assert llm.requests == []
    assert events[-1] == Finished(None)
    assert home.tts.spoken, "the child hears a kind line"


async def test_what_was_said_before_is_remembered_but_not_what_was_refused(tmp_path: Path) -> None:
    llm = ScriptedLlm("I like bears.")
    async with house(tmp_path, llms=[llm]) as home:
        await home.say("do you like bears")
        await home.say("how to make a weapon")
        await home.say("and cats")
    roles = [(message.role, message.text) for message in llm.requests[-1].messages[1:]]
    assert roles == [
        ("user", "do you like bears"),
        ("assistant", "I like bears."),
        ("user", "and cats"),
    ]


async def test_a_childs_name_goes_to_no_model_outside_the_house(tmp_path: Path) -> None:
    away, here = ScriptedLlm(ProviderError("down"), local=False), ScriptedLlm("Hi.")
    async with house(tmp_path, llms=[away, here]) as home:
        await home.store.children.save(Child("c1", "Lucy", 2020))
        home.toy = type(home.toy)(home.toy.id, "Pommai", child_ids=frozenset({"c1"}))
        await home.store.toys.save(home.toy)
        await home.say("hi")
    assert "Lucy" not in str(away.requests)
    assert here.requests[0].child_name == "Lucy"


async def test_a_toys_level_and_topics_reach_the_guard(tmp_path: Path) -> None:
    llm = ScriptedLlm("Santa comes at night. ")
    async with house(tmp_path, llms=[llm]) as home:
        home.toy = type(home.toy)(
            home.toy.id,
            "Pommai",
            safety_level=SafetyLevel.RELAXED,
            blocked_topics=frozenset({"santa"}),
        )
        events = await home.say("who comes tonight")
    assert record(events).verdicts[-1].category is Category.BLOCKED_TOPIC
    assert "Santa" not in " ".join(home.tts.spoken)
