"""Minutes, bedtime and rest in whole turns: why not now, a warning, a goodbye between sentences; the guard first."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.domain.family.children import Child
from hub.domain.household import Household
from hub.domain.play.limits import (
    DayLimits,
    Grant,
    GrantKind,
    Kind,
    PlayLimits,
    Whose,
    Window,
)
from hub.domain.safety import SafetyLevel
from hub.domain.talks.talk import PAGE, Turn, TurnState
from hub.pipeline.context import Ask
from hub.pipeline.events import Finished, Said, TurnEvent
from hub.safety.lines import HonestQuestion, Line
from tests.clock import FakeClock
from tests.pipeline.scripted import House, ScriptedLlm, house
from tests.safety.shipped import PHRASES

BERLIN = ZoneInfo("Europe/Berlin")
MIA = Whose(child_id="mia")
EVENING = DayLimits(bedtime=Window(time(20), time(6, 30)))


def lines(kind: Line, level: SafetyLevel = SafetyLevel.STRICT) -> tuple[str, ...]:
    return PHRASES.lines(kind, "en", {}, level)


def said(events: Sequence[TurnEvent]) -> list[str]:
    return [event.text.text for event in events if isinstance(event, Said)]


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    """Pommai, who is Mia's, on Monday at 17:00."""
    clock, llm = FakeClock(), ScriptedLlm("Bears like honey. ", "They sleep all winter.")
    async with house(tmp_path, llms=[llm], clock=clock) as home:
        await home.store.household.save(Household(time_zone="Europe/Berlin", break_after_minutes=0))
        await home.store.children.save(Child("mia", "Mia", 2020))
        home.toy = await home.store.toys.give(home.toy.id, ["mia"])
        yield home


def clock_of(home: House) -> FakeClock:
    assert isinstance(home.clock, FakeClock)
    return home.clock


async def until(home: House, clock: str, day: int = 4) -> None:
    hour, minute = map(int, clock.split(":"))
    then = datetime(2026, 5, day, hour, minute, tzinfo=BERLIN)
    await clock_of(home).advance((then - home.clock.now()).total_seconds())


async def played(home: House, minutes: float, turn_id: str = "earlier", **fields: Any) -> None:
    """A talk that ended three minutes ago."""
    ms = 60_000 * minutes
    began = home.clock.now() - timedelta(minutes=minutes + 3)
    fields = {"toy_id": home.toy.id, "child_id": "mia", "source": "satellite"} | fields
    turn = Turn(id=turn_id, started_at=began, heard="hi", state=TurnState.DONE, **fields)
    await home.store.turns.begin(replace(turn, audio_in_ms=ms / 2, audio_out_ms=ms / 2))


def models_asked(home: House) -> int:
    llm = home.providers.llms[0]
    assert isinstance(llm, ScriptedLlm)
    return len(llm.requests)


@pytest.mark.parametrize("level", SafetyLevel)
async def test_after_bedtime_the_toy_says_why_in_words_of_its_age_and_asks_no_model(
    home: House, level: SafetyLevel
) -> None:
    home.toy = await home.store.toys.save(replace(home.toy, safety_level=level))
    await home.store.play.save(MIA, PlayLimits(EVENING))
    await until(home, "19:30")
    assert said(await home.say("what do bears eat"))[0] == "Bears like honey."
    await until(home, "20:00")
    events = await home.say("what do bears eat")
    [line] = said(events)
    assert line in lines(Line.LIMIT_BEDTIME, level)
    assert models_asked(home) == 1
    [*_, kept] = [event.turn for event in events if isinstance(event, Finished)]
    assert kept is not None
    assert (kept.heard, kept.said, kept.state) == ("what do bears eat", [line], TurnState.DONE)
    await until(home, "06:30", day=5)
    assert len(said(await home.say("what do bears eat"))) == 2


async def test_the_minutes_of_all_toys_are_counted_together_and_over_a_restart(home: House) -> None:
    await home.store.play.save(MIA, PlayLimits(DayLimits(minutes=60)))
    other = await home.store.toys.save(replace(home.toy, id="other", name="Fox"))
    await played(home, 30)
    await played(home, 31, "on the other", toy_id=other.id)
    assert len(said(await home.say("hello there"))) > 1  # both at once: 31 minutes
    await clock_of(home).advance(3600)
    await played(home, 30, "later", toy_id=other.id)
    assert said(await home.say("hello there"))[0] in lines(Line.LIMIT_MINUTES)
    await until(home, "08:00", day=5)
    assert len(said(await home.say("hello there"))) > 1


async def test_what_a_grown_up_tries_is_neither_counted_nor_limited(home: House) -> None:
    await home.store.play.save(MIA, PlayLimits(DayLimits(minutes=10)))
    await played(home, 20, source=PAGE)
    assert said(await home.say("hello there"))[0] == "Bears like honey."
    await played(home, 20, "the child's")
    assert said(await home.say("hello there"))[0] in lines(Line.LIMIT_MINUTES)
    async with home.pipeline.turn(Ask(home.toy, PAGE, text="hello there")) as turn:
        assert said([event async for event in turn])[0] == "Bears like honey."


async def test_on_a_shared_toy_the_strictest_child_counts(home: House) -> None:
    await home.store.children.save(Child("tom", "Tom", 2016))
    await home.store.play.save(Whose(child_id="tom"), PlayLimits(DayLimits(minutes=5)))
    ended = home.clock.now() - timedelta(minutes=3)
    nobodys = Turn("n", home.toy.id, "satellite", ended - timedelta(minutes=9), heard="hi")
    await home.store.turns.begin(replace(nobodys, audio_in_ms=9 * 60_000))
    assert said(await home.say("hello there"))[0] == "Bears like honey."
    home.toy = await home.store.toys.give(home.toy.id, ["mia", "tom"])
    await clock_of(home).advance(11 * 60)
    assert said(await home.say("tell me a story"))[0] in lines(Line.WHO_SPEAKS)
    assert said(await home.say("what do bears eat"))[0] in lines(Line.LIMIT_MINUTES), "asked once"
    assert said(await home.say("I'm Tom"))[0] in lines(Line.LIMIT_MINUTES)
    assert said(await home.say("I'm Mia"))[0] == "Bears like honey.", (
        "whose minutes are not used up"
    )


async def test_the_answer_to_who_speaks_answers_what_was_asked_before(home: House) -> None:
    await home.store.children.save(Child("tom", "Tom", 2016))
    await home.store.play.save(Whose(child_id="tom"), PlayLimits(DayLimits(minutes=0)))
    home.toy = await home.store.toys.give(home.toy.id, ["mia", "tom"])
    assert said(await home.say("what do bears eat"))[0] in lines(Line.WHO_SPEAKS)
    assert said(await home.say("Mia!"))[0] == "Bears like honey."
    llm = home.providers.llms[0]
    assert isinstance(llm, ScriptedLlm)
    assert [llm.requests[-1].messages[-1].text, llm.requests[-1].child_name] == [
        *("what do bears eat", "Mia")
    ]


async def test_a_toy_has_limits_of_its_own(home: House) -> None:
    await home.store.play.save(Whose(toy_id=home.toy.id), PlayLimits(DayLimits(minutes=0)))
    assert said(await home.say("hello there"))[0] in lines(Line.LIMIT_MINUTES)


async def test_a_warning_comes_once_before_the_end(home: House) -> None:
    await home.store.play.save(MIA, PlayLimits(EVENING))
    await until(home, "19:56")
    assert said(await home.say("hello there"))[-1] in lines(Line.LIMIT_SOON)
    await clock_of(home).advance(60)
    assert said(await home.say("hello there"))[-1] == "They sleep all winter."


@pytest.mark.parametrize(("seconds", "sentences"), [(0.5, 1), (4.0, 1), (12.0, 3), (60.0, 11)])
async def test_the_goodbye_comes_between_sentences_and_never_amid_one(
    tmp_path: Path, seconds: float, sentences: int
) -> None:
    """Each takes five and a half seconds to be said, and the first is spoken in two pieces."""
    clock = FakeClock()
    first, rest = (
        "Once upon a time in a wood, ",
        "there was a very small bear who lived in a big tree. ",
    )
    async with house(tmp_path, llms=[ScriptedLlm(*(first, rest) * 20)], clock=clock) as home:
        await home.store.household.save(Household(time_zone="Europe/Berlin"))
        await home.store.play.save(Whose(toy_id=home.toy.id), PlayLimits(EVENING))
        await until(home, "19:59")
        await clock.advance(60 - seconds)
        *story, last = said(await home.say("tell me about a bear"))
    assert " ".join(story) == " ".join([(first + rest).strip()] * sentences)
    assert story[0] == first.strip()
    assert last in lines(Line.LIMIT_BEDTIME)


async def test_that_grown_ups_read_along_is_told_at_the_next_talk_where_the_first_ends_at_bedtime(
    home: House,
) -> None:
    home.toy = await home.store.toys.save(replace(home.toy, tells_of_reading=True))
    await home.store.play.save(MIA, PlayLimits(EVENING))
    await until(home, "19:59")
    await clock_of(home).advance(59)
    assert said(await home.say("what do bears eat"))[-1] in lines(Line.LIMIT_BEDTIME)
    await until(home, "07:00", day=5)
    assert said(await home.say("what do bears eat"))[-1] in lines(Line.PARENTS_READ)


async def test_a_story_may_be_told_after_bedtime_where_parents_let_it(home: House) -> None:
    limits = PlayLimits(EVENING, at_bedtime=frozenset({Kind.STORY}))
    await home.store.play.save(MIA, limits)
    await until(home, "20:10")
    assert said(await home.say("what do bears eat"))[0] in lines(Line.LIMIT_STORIES)
    assert said(await home.say("tell me a story"))[0] == "Bears like honey."
    await clock_of(home).advance(20)
    assert said(await home.say("go on"))[0] == "Bears like honey."
    assert said(await home.say("why is the sky blue"))[0] in lines(Line.LIMIT_STORIES)
    assert said(await home.say("how long do i have left"))[0] in lines(Line.LIMIT_BEDTIME)


async def test_yes_to_the_story_that_is_offered_in_place_of_a_game_gets_one(home: House) -> None:
    limits = PlayLimits(EVENING, at_bedtime=frozenset({Kind.STORY}))
    await home.store.play.save(MIA, limits)
    await until(home, "20:30")
    assert said(await home.say("let's play a riddle"))[0] in lines(Line.LIMIT_STORIES)
    assert said(await home.say("what do bears eat"))[0] in lines(Line.LIMIT_STORIES)
    assert said(await home.say("yes please"))[0] == "Bears like honey."


async def test_the_question_of_a_warning_is_none_of_the_game_before_it(home: House) -> None:
    """After bedtime games may go on, and with three minutes left for today each warning asks something or not."""
    limits = PlayLimits(replace(EVENING, minutes=60), at_bedtime=frozenset({Kind.GAME}))
    await home.store.play.save(MIA, limits)
    await until(home, "20:30")
    await played(home, 57)
    assert said(await home.say("let's play a riddle"))[-1] in lines(Line.LIMIT_SOON)
    [turn] = await home.store.turns.recent(1)
    asking = [line for line in lines(Line.LIMIT_SOON) if line.endswith("?")]
    await home.store.turns.save(replace(turn, said=[*turn.said[:-1], asking[0]]))
    assert said(await home.say("what do bears eat"))[0] in lines(Line.LIMIT_BEDTIME)


async def test_one_more_story_is_told_once(home: House) -> None:
    await home.store.play.save(MIA, PlayLimits(EVENING))
    await until(home, "20:10")
    given = Grant("g", GrantKind.ONE_MORE_STORY, home.clock.now())
    await home.store.play.give(Whose(toy_id=home.toy.id), given)
    assert said(await home.say("what do bears eat"))[0] in lines(Line.LIMIT_STORIES)
    assert said(await home.say("a story please"))[0] == "Bears like honey."
    await clock_of(home).advance(20)
    assert said(await home.say("and then what happened"))[0] == "Bears like honey."
    assert said(await home.say("tell me another story"))[0] in lines(Line.LIMIT_BEDTIME)


async def test_the_child_can_ask_how_long_is_left(home: House) -> None:
    asked = "how long do i have left"
    assert said(await home.say(asked))[0] in lines(Line.LIMIT_PLENTY)
    await home.store.play.save(MIA, PlayLimits(DayLimits(minutes=60)))
    await clock_of(home).advance(600)
    await played(home, 20)
    minutes = PHRASES.lines(Line.LIMIT_LEFT, "en", {"minutes": "40"}, SafetyLevel.STRICT)
    assert said(await home.say(asked)) in [[line] for line in minutes]
    await played(home, 58.5, "more")
    assert said(await home.say("how many minutes can we still play"))[0] in lines(Line.LIMIT_SOON)
    assert models_asked(home) == 0


async def test_harm_is_heard_judged_and_told_after_bedtime(home: House) -> None:
    await home.store.play.save(MIA, PlayLimits(EVENING))
    await until(home, "23:00")
    events = await home.say("my dad hits me with a belt")
    assert said(events)[0] not in lines(Line.LIMIT_BEDTIME)
    [alert] = await home.store.alerts.list(10)
    assert alert.category == "child_disclosure"
    # Who told of something grave is not sent away a moment later.
    assert said(await home.say("what do bears eat"))[0] == "Bears like honey."


async def test_a_goodbye_is_answered_as_ever(home: House) -> None:
    await home.store.play.save(MIA, PlayLimits(EVENING))
    await until(home, "20:30")
    assert said(await home.say("good night"))[0] in PHRASES.honest(HonestQuestion.GOOD_NIGHT, "en")


async def test_a_talk_ends_between_sentences_with_a_kind_line_and_goes_on_after_a_break(
    home: House,
) -> None:
    await home.store.play.save(Whose(toy_id=home.toy.id), PlayLimits(talk_minutes=10))
    assert said(await home.say("what do bears eat")) == [
        "Bears like honey.",
        "They sleep all winter.",
    ]
    await clock_of(home).advance(9 * 60 + 59)
    *answer, goodbye = said(await home.say("what do bears eat"))
    assert answer == ["Bears like honey."], "the sentence that was begun is finished"
    assert goodbye in lines(Line.LIMIT_TALK)
    await clock_of(home).advance(5 * 60)
    [why] = said(await home.say("what do bears eat"))
    assert why in lines(Line.LIMIT_TALK)
    assert models_asked(home) == 2
    await clock_of(home).advance(5 * 60 + 1)
    assert said(await home.say("what do bears eat"))[0] == "Bears like honey."
