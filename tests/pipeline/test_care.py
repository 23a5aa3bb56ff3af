"""What a turn does around the words: the truth about the toy, a calm time after a hurt, breaks, helplines."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.domain.household import Household
from hub.domain.safety import Category, Direction, SafetyCheck, SafetyLevel
from hub.domain.talks.talk import PAGE, Message, Turn, TurnState
from hub.knowledge.so_far import CALM_TURNS
from hub.pipeline.answer.breaks import TalkTime
from hub.pipeline.context import Ask
from hub.pipeline.events import Finished, Refused, Said, TurnEvent
from hub.safety.lines import HonestQuestion, Line
from tests.clock import FakeClock
from tests.pipeline.scripted import House, ScriptedLlm, house
from tests.safety.checks import Yes
from tests.safety.shipped import PHRASES, RULES

BREAKS = PHRASES.lines(Line.BREAK, "en", {})
HURT = "my dad hits me with a belt"


def said(events: Sequence[TurnEvent]) -> list[str]:
    return [event.text.text for event in events if isinstance(event, Said)]


def record(events: Sequence[TurnEvent]) -> Turn:
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.turn is not None
    return last.turn


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    clock = FakeClock()
    async with house(tmp_path, llms=[ScriptedLlm("I am a real bear.")], clock=clock) as home:
        home.toy = replace(home.toy, safety_level=SafetyLevel.MODERATE)
        yield home


def model(home: House) -> ScriptedLlm:
    llm = home.providers.llms[0]
    assert isinstance(llm, ScriptedLlm)
    return llm


def clock_of(home: House) -> FakeClock:
    assert isinstance(home.clock, FakeClock)
    return home.clock


@pytest.mark.parametrize(
    ("asked", "question"),
    [
        ("are you real", HonestQuestion.REAL),
        ("are you a robot", HonestQuestion.ROBOT),
        ("are you my best friend", HonestQuestion.FRIEND),
        ("do you love me", HonestQuestion.LOVE),
        ("can you keep a secret", HonestQuestion.SECRETS),
        ("are you always listening to me", HonestQuestion.LISTENING),
        ("ok bye bye i have to go now", HonestQuestion.GOODBYE),
        ("good night bear", HonestQuestion.GOOD_NIGHT),
    ],
)
async def test_the_truth_about_the_toy_is_told_whatever_model_runs(
    home: House, asked: str, question: HonestQuestion
) -> None:
    events = await home.say(asked)
    assert len(said(events)) == 1
    assert said(events)[0] in PHRASES.honest(question, "en")
    assert model(home).requests == []


async def test_a_clinging_question_is_marked_and_still_gets_the_truth(home: House) -> None:
    events = await home.say("are you my only friend i love you more than mom")
    refused = [event for event in events if isinstance(event, Refused)]
    assert [event.verdict.category for event in refused] == [Category.MANIPULATION]
    assert said(events)[0] in PHRASES.honest(HonestQuestion.FRIEND, "en")
    assert record(events).state is TurnState.REFUSED


async def test_a_secret_that_must_act_is_not_answered_as_a_question(home: House) -> None:
    events = await home.say("can you keep a secret let's keep it a secret from mom")
    assert said(events)[0] in PHRASES.redirects(
        Category.STRANGER_GROOMING, SafetyLevel.MODERATE, "en"
    )


async def test_after_a_hurt_was_told_the_model_is_asked_to_be_calm_for_some_turns(
    home: House,
) -> None:
    await home.say("tell me about bears")
    await home.say(HURT)
    for _ in range(CALM_TURNS + 1):
        await home.say("and what do cats eat")
    calm = [request.calm for request in model(home).requests]
    assert calm == [False, *[True] * CALM_TURNS, False]
    prompts = [request.messages[0].text for request in model(home).requests]
    assert [("No jokes" in prompt) for prompt in prompts] == calm


async def test_the_guard_knows_of_what_was_refused_and_the_model_does_not(tmp_path: Path) -> None:
    layer = Yes()
    checks: list[SafetyCheck] = [RULES, layer]
    async with house(tmp_path, llms=[ScriptedLlm("I like bears.")], checks=checks) as home:
        await home.say("how to make a weapon")
        await home.say("do you like bears")
    last = [request for request in layer.asked if request.direction is Direction.CHILD][-1]
    assert last.history[0].text == "how to make a weapon"
    assert [line.direction for line in last.history] == [Direction.CHILD, Direction.TOY]
    assert model(home).requests[0].messages[1:] == (Message("user", "do you like bears"),)


async def test_a_helpline_follows_the_answer_to_a_hurt_and_stands_in_the_alert(home: House) -> None:
    await home.store.household.save(Household(country="IN"))
    events = await home.say(HURT)
    assert said(events)[0] in PHRASES.redirects(
        Category.CHILD_DISCLOSURE, SafetyLevel.MODERATE, "en"
    )
    assert "one zero nine eight" in said(events)[1]
    (alert,) = await home.store.alerts.list(5)
    assert alert.details["helpline"] == "Childline: 1098"


async def test_a_long_talk_gets_a_break_reminder_and_again_after_as_long(home: House) -> None:
    clock = clock_of(home)
    await home.store.household.save(Household(break_after_minutes=20))
    reminded = []
    for minute in range(0, 51, 5):
        lines = said(await home.say("what do bears eat"))
        if any(line in BREAKS for line in lines):
            assert lines[-1] in BREAKS, "it comes after the answer"
            reminded.append(minute)
        await clock.advance(300)
    assert reminded == [20, 40]


async def test_nothing_follows_a_goodbye(home: House) -> None:
    await home.store.household.save(Household(break_after_minutes=20))
    for _ in range(5):
        await home.say("what do bears eat")
        await clock_of(home).advance(299)
    (line,) = said(await home.say("bye pommai"))
    assert line in PHRASES.honest(HonestQuestion.GOODBYE, "en")
    assert said(await home.say("what do bears eat"))[-1] in BREAKS


@pytest.mark.parametrize("clause", ["I love you so much.", "Oh, do you really have to go?"])
async def test_a_model_that_clings_is_not_spoken(home: House, clause: str) -> None:
    home.providers.llms = [ScriptedLlm(clause)]
    events = await home.say("i like bears")
    assert record(events).refused == [clause]
    assert clause not in said(events)


async def test_who_tries_the_toy_is_told_of_no_break_and_makes_none_due(home: House) -> None:
    await home.store.household.save(Household(break_after_minutes=20))
    lines = []
    for minute in range(0, 60, 5):
        async with home.pipeline.turn(Ask(home.toy, PAGE, text="what do bears eat")) as turn:
            lines += said([event async for event in turn])
        if minute in (0, 55):
            lines += said(await home.say("and birds"))
        await clock_of(home).advance(300)
    assert not set(lines) & set(BREAKS)


async def test_no_break_is_called_in_the_middle_of_a_hurt(home: House) -> None:
    clock = clock_of(home)
    await home.store.household.save(Household(break_after_minutes=20))
    await home.say("hello you")
    for words in ("what do bears eat", "and birds", HURT, "he does it a lot", "i am sad"):
        await clock.advance(300)
        assert not set(said(await home.say(words))) & set(BREAKS)
    later = []
    for _ in range(CALM_TURNS):
        await clock.advance(300)
        later += said(await home.say("what do bears eat"))
    assert len(set(later) & set(BREAKS)) == 1, "put off, not forgotten"


@pytest.mark.parametrize("chosen", [0, 600])
async def test_after_three_hours_a_break_comes_whatever_a_parent_chose(
    home: House, chosen: int
) -> None:
    await home.store.household.save(Household(break_after_minutes=chosen))
    reminded = []
    for minute in range(0, 186, 5):
        if set(said(await home.say("what do bears eat"))) & set(BREAKS):
            reminded.append(minute)
        await clock_of(home).advance(300)
    assert reminded == [180]


def turns_at(*minutes_by_talk: Sequence[int]) -> list[Turn]:
    start = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    return [
        Turn(f"{talk}-{minute}", "toy", "say", start + timedelta(minutes=minute), str(talk))
        for talk, minutes in enumerate(minutes_by_talk)
        for minute in minutes
    ]


def break_due(
    turns: Sequence[Turn], after: timedelta, was_reminded: Callable[[Turn], bool]
) -> bool:
    time = TalkTime()
    for turn in turns:
        time.add(turn, was_reminded)
    return time.is_long(after)


def test_many_short_talks_make_a_long_day() -> None:
    after = timedelta(minutes=20)
    talks = [(start, start + 8, start + 15) for start in range(0, 360, 60)]
    due = [break_due(turns_at(*talks[:count]), after, lambda _: False) for count in range(1, 6)]
    assert due == [False, False, False, True, True], "four times a quarter of an hour are an hour"


def test_a_reminder_begins_both_counts_anew() -> None:
    talk = turns_at(range(0, 31, 5))
    after = timedelta(minutes=20)
    assert break_due(talk, after, lambda _: False)
    assert not break_due(talk, after, lambda turn: turn.id == "0-20")


def test_a_clock_set_back_makes_no_break() -> None:
    assert not break_due(turns_at((90, 5, 6)), timedelta(minutes=20), lambda _: False)


def test_a_day_begins_at_the_households_midnight() -> None:
    evening = datetime(2026, 5, 4, 20, 0, tzinfo=UTC)
    assert Household(time_zone="Asia/Kolkata").start_of_day(evening) == datetime(
        2026, 5, 4, 18, 30, tzinfo=UTC
    )
