"""Stories that a child steers and that go on tomorrow, let's pretend and quizzes: whole turns in a home."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from hub.activities.playing.activity import Playing
from hub.activities.playing.script import load
from hub.domain.play.games import GameKind
from hub.domain.play.limits import Pastime, PlayLimits, Switches, Whose, Window
from hub.domain.talks.talk import PAGE
from hub.domain.toys import Toy
from hub.pipeline.context import Ask
from hub.pipeline.pipeline import Pipeline
from hub.providers.llm.storyteller import script as storyteller
from hub.providers.llm.storyteller.conversation import sentences
from hub.safety.lines import Line
from tests.activities.playing.ways import offered
from tests.clock import FakeClock
from tests.pipeline.scripted import House, ScriptedLlm, house
from tests.pipeline.turns import record
from tests.safety.shipped import PHRASES

ELSE = "That is another matter."
OFFERED = {"pretend": GameKind.PRETEND, "quiz": GameKind.QUIZ, "adventure": GameKind.STORY}
"""By the word for it."""


class Home:
    """A child who types to its toy; `restart` is a hub that starts anew."""

    def __init__(self, home: House, clock: FakeClock) -> None:
        self.house, self.clock = home, clock
        self.restart()

    @property
    def llms(self) -> list[ScriptedLlm]:
        return [llm for llm in self.house.providers.llms if isinstance(llm, ScriptedLlm)]

    def restart(self) -> None:
        playing = Playing(self.house.store, self.clock)
        self.pipeline = Pipeline(replace(self.house.services, activities=[playing]))

    async def hears(self, words: str, source: str = "say") -> str:
        toy = await self.house.store.toys.get(self.house.toy.id)
        assert toy
        async with self.pipeline.turn(Ask(toy, source, text=words, aloud=False)) as turn:
            return " ".join(record([event async for event in turn]).said)


@asynccontextmanager
async def at_home(folder: Path) -> AsyncIterator[Home]:
    clock = FakeClock()
    async with house(folder, llms=[ScriptedLlm(ELSE)], clock=clock) as home:
        yield Home(home, clock)


async def test_a_story_goes_on_tomorrow_where_it_stopped_also_after_a_restart(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path) as home:
        begun = await home.hears("Tell me an adventure about a bunny!")
        assert "bunny" in begun
        second = await home.hears(offered(begun)[1])
        assert offered(second) != offered(begun)
        assert "?" not in await home.hears("stop")
        assert await home.hears(offered(second)[0]) == ELSE
        await home.clock.advance(24 * 3600)
        home.restart()
        assert await home.hears("why is the sky blue") == ELSE
        resumed = await home.hears("go on with the story")
        assert offered(resumed) == offered(second)
        assert offered(await home.hears("the first one")) != offered(second)


async def test_a_child_may_ask_something_else_and_then_still_choose(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        begun = await home.hears("can we make an adventure")
        assert await home.hears("my knee hurts") == ELSE
        assert await home.hears("why is the sky blue") == ELSE
        assert "?" in await home.hears(offered(begun)[0])


async def test_who_tries_the_toy_leaves_the_childs_story_alone(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        begun = await home.hears("an adventure please")
        await home.hears("an adventure about a dragon", source=PAGE)
        assert offered(await home.hears("go on with our story")) == offered(begun)


async def test_after_something_serious_nothing_is_played(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        await home.hears("i want to hurt myself")
        assert await home.hears("let's play shop") == ELSE


async def test_what_a_parent_switched_off_is_not_played_and_the_child_hears_it_kindly(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path) as home:
        whose = Whose(toy_id=home.house.toy.id)
        hour = home.clock.now().hour
        later = Window(time((hour + 2) % 24), time((hour + 3) % 24))
        only_then = Switches(
            frozenset({Pastime.QUIZ, Pastime.JOKE}), frozenset({Pastime.STORY}), later
        )
        await home.house.store.play.save(whose, PlayLimits(switches=only_then))
        off = PHRASES.lines(Line.SWITCHED_OFF, "en", {})
        assert await home.hears("quiz me") in off
        assert await home.hears("tell me a joke") in off
        assert await home.hears("i know something") == ELSE
        [asked] = [request for llm in home.llms for request in llm.requests]
        assert (
            "want none of these now: stories that the child steers, quizzes, jokes."
            in asked.messages[0].text
        )
        assert await home.hears("an adventure please") in off
        assert "?" in await home.hears("let's play shop")
        assert "Shall they" in await home.hears("an adventure please", source=PAGE)
        await home.clock.advance(2 * 3600)
        assert "Shall they" in await home.hears("an adventure please")


DECLINED = (
    "i don't want a quiz",
    "no more quiz",
    "we had a quiz at school",
    "i don't like adventures",
    "i went on an adventure in the woods",
)


async def test_who_wants_no_game_or_tells_of_one_is_given_none(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        for words in DECLINED:
            assert await home.hears(words) == ELSE, words
        for begins in ("quiz me", "an adventure please"):
            for words in DECLINED[:2]:
                assert "?" in await home.hears(begins)
                assert "?" not in await home.hears(words)
                assert await home.hears("hmm") == ELSE
        for words in (
            "i don't want to sleep i want an adventure",
            "i don't want a quiz i want an adventure",
            "an adventure, not a quiz",
            "go on with the story we made",
        ):
            assert "Shall they" in await home.hears(words), words


async def test_other_languages_and_other_words_are_left_to_the_model(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        for words in ("tell me a story", "i played with my dragon", "let's pretend to be bees"):
            assert await home.hears(words) == ELSE
        await home.house.store.toys.save(replace(home.house.toy, language="de"))
        assert await home.hears("an adventure please") == ELSE


def offers() -> list[str]:
    """The storyteller's lines that end in a question about a game of ours."""
    script = storyteller.load()
    lines = [line for lines in script.talk.model_dump().values() for line in lines]
    lines += [line for topic in script.topics for line in topic.say]
    last = [(line, sentences(line)[-1]) for line in lines]
    return [
        line
        for line, end in last
        if end.endswith("?") and re.search(r"adventure|pretend|quiz", end)
    ]


async def test_a_yes_takes_whatever_game_the_storyteller_offered(tmp_path: Path) -> None:
    begins = [plot.begin for plot in load().plots]
    assert len(offers()) > 10
    async with at_home(tmp_path) as home:
        for number, line in enumerate(offers()):
            offer = line.replace("{child}", "Lucy")
            home.house.toy = await home.house.store.toys.save(Toy(f"t{number}", f"Toy {number}"))
            home.house.providers.llms = [ScriptedLlm(offer)]
            assert await home.hears("i like it here") == offer
            assert await home.hears("again") == offer
            said = await home.hears("yes please")
            [turn] = await home.house.store.turns.recent(1)
            wanted = next(kind for word, kind in OFFERED.items() if word in offer)
            assert turn.providers.get("activity") == wanted, (offer, said)
            if "pretend" in offer:
                assert any(begin in said for begin in begins)


@pytest.mark.parametrize(
    ("offer", "answer", "begins"),
    [
        ("Shall we do a quiz?", "yes thank you", True),
        ("Shall we do a quiz?", "okay thanks", True),
        ("Shall we do a quiz?", "yes tell me a joke", False),
        ("Yesterday I asked, would you like a quiz.", "yes", False),
        ("Shall we do a quiz? Or is it time for bed?", "yes", False),
    ],
)
async def test_a_yes_is_to_what_was_asked_last(
    tmp_path: Path, offer: str, answer: str, begins: bool
) -> None:
    async with at_home(tmp_path) as home:
        home.house.providers.llms = [ScriptedLlm(offer)]
        await home.hears("i like it here")
        await home.hears(answer)
        [turn] = await home.house.store.turns.recent(1)
        assert (turn.providers.get("activity") == GameKind.QUIZ) is begins


ASKED = {
    "quiz me on sums": "sums",
    "test me with times tables": "tables",
    "ask me the times tables": "tables",
    "times tables please": "tables",
    "can we do some maths": "sums",
    "i want to do sums": "sums",
    "a number game": "numbers",
    "forget that let's do sums": "sums",
}


async def test_sums_and_tables_are_the_quizs(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        for words, topic in ASKED.items():
            await home.hears(words)
            [turn] = await home.house.store.turns.recent(1)
            assert (await home.house.store.games.of(turn))[GameKind.QUIZ].plot == topic
        await home.hears("stop")
        for words in ("we learned times tables at school", "i don't like maths"):
            assert await home.hears(words) == ELSE


async def test_a_quiz_waits_while_a_question_is_answered(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        await home.hears("quiz me")
        assert await home.hears("why is the sky blue") == ELSE
        [turn] = await home.house.store.turns.recent(1)
        kept = (await home.house.store.games.of(turn))[GameKind.QUIZ]
        assert kept.question[3].lower() in (await home.hears(kept.question[3])).lower()
