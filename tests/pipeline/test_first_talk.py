"""A toy's first talk with a child: it says once, in words of the child's age, that grown-ups can read along."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from hub.domain.family.children import Child
from hub.domain.safety import SafetyLevel
from hub.domain.talks.talk import PAGE
from hub.pipeline.context import Ask
from hub.pipeline.events import Said, TurnEvent
from hub.safety.lines import Line
from tests.clock import FakeClock
from tests.pipeline.scripted import House, ScriptedLlm, house
from tests.safety.shipped import PHRASES

ANY = PHRASES.lines(Line.PARENTS_READ, "en", {})


def said(events: Sequence[TurnEvent]) -> list[str]:
    return [event.text.text for event in events if isinstance(event, Said)]


async def told(home: House, text: str = "what do bears eat") -> bool:
    """Whether a child who says that is told, after the answer and nowhere else."""
    lines = said(await home.say(text))
    assert not set(lines[:-1]) & set(ANY)
    return lines[-1] in ANY


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    llm = ScriptedLlm("Bears like honey.")
    async with house(tmp_path, llms=[llm], clock=FakeClock()) as home:
        home.toy = await home.store.toys.save(replace(home.toy, tells_of_reading=True))
        yield home


@pytest.mark.parametrize("level", SafetyLevel)
async def test_it_is_said_once_after_the_answer_and_fits_the_age(
    home: House, level: SafetyLevel
) -> None:
    home.toy = await home.store.toys.save(replace(home.toy, safety_level=level))
    lines = said(await home.say("what do bears eat"))
    assert lines[0] == "Bears like honey."
    assert lines[-1] in PHRASES.lines(Line.PARENTS_READ, "en", {}, level)
    assert not await told(home)
    [toy] = [toy for toy in await home.store.toys.list() if toy.id == home.toy.id]
    assert not toy.tells_of_reading


async def test_a_toy_that_need_not_tell_does_not(home: House) -> None:
    home.toy = await home.store.toys.save(replace(home.toy, tells_of_reading=False))
    assert not await told(home)


async def test_who_tries_the_toy_is_not_told_and_the_child_is_after(home: House) -> None:
    async with home.pipeline.turn(Ask(home.toy, PAGE, text="what do bears eat")) as turn:
        assert not set(said([event async for event in turn])) & set(ANY)
    assert await told(home)


async def test_it_is_not_said_after_something_grave_nor_at_a_goodbye(home: House) -> None:
    assert not await told(home, "bye pommai")
    assert not await told(home, "my dad hits me with a belt")
    assert not await told(home), "the talk is still calm"


async def test_a_talk_that_goes_on_is_the_first_childs_once_they_are_set_up(home: House) -> None:
    clock = home.clock
    assert isinstance(clock, FakeClock)
    await home.say("hello there")
    for id_, name in (("mia", "Mia"), ("tom", "Tom")):
        await home.store.children.save(Child(id_, name))
    for child_ids, text in (
        (["mia"], "what do bears eat"),
        (["mia"], "I'm not Mia"),
        (["mia"], "and wolves"),
        (["mia", "tom"], "and cats"),
    ):
        await clock.advance(10)
        home.toy = await home.store.toys.give(home.toy.id, child_ids)
        await clock.advance(10)
        await home.say(text)
    spoke = [turn.child_id for turn in await home.store.turns.recent(9)]
    assert spoke == [None, None, None, "mia", None]
