"""Stories that a child steers and that go on tomorrow, and let's pretend: whatever a child says leads somewhere."""

import random
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from hub.activities.playing.activity import Playing
from hub.activities.playing.moves import Moves
from hub.activities.playing.quiz import ROUND, TOPICS, Quiz
from hub.activities.playing.saying import Move, filled
from hub.activities.playing.script import load, way_said
from hub.activities.words import plain_words
from hub.config.programs import SafetySection
from hub.domain.play.games import Asks, Game, GameKind
from hub.domain.play.limits import Pastime, PlayLimits, Switches, Whose, Window
from hub.domain.safety import SafetyLevel
from hub.domain.talks.talk import PAGE
from hub.pipeline.context import Ask
from hub.pipeline.pipeline import Pipeline
from hub.providers.llm.storyteller import numbers
from hub.providers.llm.storyteller import script as storyteller
from hub.providers.llm.storyteller.numbers import sum_wanted
from hub.safety.build import build_guard
from hub.safety.lines import Line
from tests.clock import FakeClock
from tests.pipeline.scripted import House, ScriptedLlm, house
from tests.pipeline.turns import record
from tests.safety.shipped import PHRASES

SCRIPT, WORDS = load(), storyteller.load()
ELSE = "That is another matter."
OFFERED = {"pretend": GameKind.PRETEND, "quiz": GameKind.QUIZ, "adventure": GameKind.STORY}
"""By the word for it."""


class Home:
    """A child who types to its toy; `restart` is a hub that starts anew."""

    def __init__(self, home: House, clock: FakeClock) -> None:
        self.house, self.clock = home, clock
        self.restart()

    def restart(self) -> None:
        playing = Playing(self.house.store, self.clock)
        self.pipeline = Pipeline(replace(self.house.services, activities=[playing]))

    async def hears(self, words: str, source: str = "say") -> str:
        toy = await self.house.store.toys.by_name(self.house.toy.name)
        async with self.pipeline.turn(Ask(toy, source, text=words, aloud=False)) as turn:
            return " ".join(record([event async for event in turn]).said)


@asynccontextmanager
async def at_home(folder: Path, model: str = ELSE) -> AsyncIterator[Home]:
    clock = FakeClock()
    async with house(folder, llms=[ScriptedLlm(model)], clock=clock) as home:
        yield Home(home, clock)


def offered(said: str) -> list[str]:
    """The ways of which the last question of `said` speaks."""
    question = said[said.rindex("Shall they") :].rstrip("?").removeprefix("Shall they ")
    return question.replace(" or ", ", ").split(", ")


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
        only_then = Switches(frozenset({Pastime.QUIZ}), frozenset({Pastime.STORY}), later)
        await home.house.store.play.save(whose, PlayLimits(switches=only_then))
        off = PHRASES.lines(Line.SWITCHED_OFF, "en", {})
        assert await home.hears("quiz me") in off
        assert await home.hears("an adventure please") in off
        assert "?" in await home.hears("let's play shop")
        assert "Shall they" in await home.hears("an adventure please", source=PAGE)
        await home.clock.advance(2 * 3600)
        assert "Shall they" in await home.hears("an adventure please")


async def test_other_languages_and_other_words_are_left_to_the_model(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        for words in ("tell me a story", "i played with my dragon", "let's pretend to be bees"):
            assert await home.hears(words) == ELSE
        await home.house.store.toys.save(replace(home.house.toy, language="de"))
        assert await home.hears("an adventure please") == ELSE


def offers() -> list[str]:
    """The storyteller's lines that end in a question about a game of ours."""
    lines = [line for lines in WORDS.talk.model_dump().values() for line in lines]
    lines += [line for topic in WORDS.topics for line in topic.say]
    last = [(line, re.split(r"(?<=[.!?]) ", line)[-1]) for line in lines]
    return [
        line
        for line, end in last
        if end.endswith("?") and re.search(r"adventure|pretend|quiz", end)
    ]


async def test_a_yes_takes_whatever_game_the_storyteller_offered(tmp_path: Path) -> None:
    assert len(offers()) > 10
    for number, line in enumerate(offers()):
        offer = line.replace("{child}", "Lucy")
        async with at_home(tmp_path / str(number), offer) as home:
            assert await home.hears("i like it here") == offer
            assert await home.hears("again") == offer
            said = await home.hears("yes please")
            [turn] = await home.house.store.turns.recent(1)
            wanted = next(kind for word, kind in OFFERED.items() if word in offer)
            assert turn.providers["activity"] == wanted, (offer, said)
            if "pretend" in offer:
                assert any(plot.begin in said for plot in SCRIPT.plots)


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


class Child:
    """One who plays by itself, without a hub."""

    def __init__(self, words: str, seed: int = 0, *, few: bool = False) -> None:
        self._seed, self._few, self._turn = seed, few, 0
        self._all: list[str] = []
        moves = self._moves()
        move = (
            moves.begin_story(words, None) if "adventure" in words else moves.begin_pretend(words)
        )
        assert move
        self._keep(move)

    def _moves(self) -> Moves:
        self._turn += 1
        chance, lately = random.Random(f"{self._seed} {self._turn}"), " ".join(self._all[-20:])
        return Moves(SCRIPT, WORDS, chance, few=self._few, lately=lately)

    def _keep(self, move: Move) -> None:
        self.game, self.said, self.waits = move.game, move.says, move.waits
        self._all.append(move.says)

    def says(self, words: str) -> str:
        move = self._moves().answer(words, self.game, re.split(r"(?<=[.!?]) ", self.said))
        assert move, words
        self._keep(move)
        return self.said


def taken(child: Child) -> str:
    """How the way that was taken last goes on."""
    return next(w.say for e in SCRIPT.episodes for w in e.ways if w.offer == child.game.took)


@pytest.mark.parametrize("seed", range(8))
def test_what_a_child_says_of_its_story_does_what_it_says(seed: int) -> None:
    child = Child("an adventure", seed)
    first = offered(child.said)
    assert first == offered(child.says("why"))
    child.says("the second one")
    assert child.game.took == first[1]
    told = child.said
    assert child.says("again").endswith(told)
    assert child.says("what did you say").endswith(told)
    child.says("no the other one")
    assert child.game.took != first[1]
    assert filled(taken(child), child.game.parts) in child.said
    asked = offered(child.said)
    assert offered(child.says("hmm")) == asked
    child.says("hmm")
    assert child.game.took in asked
    child.says("you choose")
    assert child.game.asks is Asks.PART
    ending = SCRIPT.opening(child.game.plot).ending
    assert filled(ending, child.game.parts) in child.said
    hero = child.game.parts["name"]
    assert hero in child.says("yes please")
    assert "?" in child.says("something else")
    assert not child.waits


def test_what_was_found_and_who_was_met_come_back() -> None:
    step = next(e for e in SCRIPT.episodes if e.name == "river")
    game = Game(
        GameKind.STORY, "bell", ("market", "river", "tree"), parts=Child("an adventure").game.parts
    )
    moves = Moves(SCRIPT, WORDS, random.Random(1), few=True)
    assert moves.takes("the rope", replace(game, at=1)) is None
    bought = moves.takes("a rope", game)
    assert bought
    assert bought.game.found == ("a long rope",)
    assert offered(bought.says)[0] == next(w.offer for w in step.ways if w.needs)
    swung = moves.takes("the rope", bought.game)
    assert swung
    ended = moves.takes("climb up", swung.game)
    assert ended
    assert "kitten" in ended.says[ended.says.index("purred the kitten") + 18 :]


@pytest.mark.parametrize("plot", [plot.name for plot in SCRIPT.plots])
def test_lets_pretend_has_a_plot_and_goes_on_with_whatever_a_child_says(plot: str) -> None:
    words = SCRIPT.plot(plot)
    assert words
    child = Child(f"lets play {words.words.split()[0]}")
    assert words.begin in child.said
    child.says("a banana")
    if any(way.finds for way in words.steps[0].ways):
        assert child.game.parts["thing"] == "the banana"
    for step in words.steps[1:]:
        child.says(step.ways[0].offer)
        assert step.ways[0].say in child.said
    assert words.end in child.said
    assert words.called not in child.says("yes").lower()
    assert child.game.asks is Asks.PLOT


def test_each_way_is_known_by_the_words_of_the_question() -> None:
    for step in (*SCRIPT.episodes, *(step for plot in SCRIPT.plots for step in plot.steps)):
        for way in step.ways:
            for said in (way.offer, f"I want {way.offer}!"):
                assert way_said(plain_words(said), step.ways) is way


ANSWERS = (
    "you choose",
    "the first one",
    "hmm",
    "the second one",
    "ok",
    "and then",
    "why",
    "both",
    "i like it",
)


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_for_200_turns_nothing_is_said_twice_and_nothing_ends_in_a_dead_end(
    seed: int, few: bool
) -> None:
    child, chance, said = Child("an adventure", seed, few=few), random.Random(seed), []
    for _ in range(200):
        words = "yes" if child.game.asks is Asks.PART else chance.choice(ANSWERS)
        said.append(child.says(words))
        assert said[-1].endswith("?")
        assert said[-1] not in said[-21:-1]


class Quizzed:
    """A child who is asked, without a hub."""

    def __init__(self, words: str, age: int | None = None) -> None:
        self._turn = 0
        self._keep(self._quiz().begin(words, age, None))

    def _quiz(self) -> Quiz:
        self._turn += 1
        return Quiz(SCRIPT, random.Random(self._turn))

    def _keep(self, move: Move) -> None:
        self.game, self.said = move.game, move.says

    def says(self, words: str) -> str:
        move = self._quiz().answer(plain_words(words), self.game, [self.said])
        assert move, words
        self._keep(move)
        return self.said


def test_a_wrong_guess_gets_a_hint_the_second_the_answer_and_none_ends_it() -> None:
    child = Quizzed("a quiz", 4)
    ask, hint, _, answer = child.game.question[:4]
    assert hint in child.says("a purple potato")
    assert child.said.endswith(ask)
    assert hint in child.says("what did you say")
    told = child.says("a green potato")
    assert answer.lower() in told.lower()
    assert child.game.question[0] != ask
    assert child.game.question[1] in child.says("i don't know")


@pytest.mark.parametrize("topic", ["", *TOPICS])
@pytest.mark.parametrize("age", [4, 9])
def test_a_quiz_goes_at_the_childs_pace_and_round_after_round(topic: str, age: int) -> None:
    child = Quizzed(f"{topic} quiz", age)
    level = child.game.level
    asked = []
    for number in range(2 * ROUND):
        asked.append(child.game.question[0])
        answer = child.game.question[3]
        said = child.says(f"is it {answer}" if answer not in ("yes", "no") else answer)
        assert answer in said.lower()
        if number % ROUND == ROUND - 1:
            assert "five" in said
            child.says("yes please")
    assert len(set(asked)) == len(asked)
    assert child.game.level == min(5, level + 3)
    hard = child.game.level
    child.says("skip")
    assert child.game.level == hard - 1


def test_short_answers_count_in_words_and_figures() -> None:
    child = Quizzed("times tables quiz", 9)
    number = sum_wanted(plain_words(child.game.question[0]))
    assert number
    assert number.result == child.game.question[3]
    before = child.game.question
    child.says(str(numbers.value(before[3])))
    assert child.game.right == 1


async def test_a_quiz_waits_while_a_question_is_answered(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        await home.hears("quiz me")
        assert await home.hears("why is the sky blue") == ELSE
        [turn] = await home.house.store.turns.recent(1)
        kept = (await home.house.store.games.of(turn))[GameKind.QUIZ]
        assert kept.question[3].lower() in (await home.hears(kept.question[3])).lower()


def every_line() -> Iterator[str]:
    """All that can be said in these games, with something in each place."""
    parts = {
        "name": "Pip",
        "friend": "Olli",
        "hero": "fox",
        "other": "owl",
        "place": "Plum Valley",
        "goal": "the lost song",
        "way": "swing on the rope",
        "answer": "honey",
        "right": "four",
    }
    for lines in SCRIPT.say.model_dump().values():
        yield from (filled(line, parts) for line in lines if "{found}" not in line)
    steps = [*SCRIPT.episodes, *(step for plot in SCRIPT.plots for step in plot.steps)]
    found = {way.finds for step in steps for way in step.ways} - {""}
    met = {way.meets for step in steps for way in step.ways} - {""}
    for line in (*SCRIPT.used, *SCRIPT.say.carry):
        yield from (filled(line, {**parts, "found": each}) for each in found)
    for line in SCRIPT.helped:
        yield from (filled(line, {**parts, "met": each}) for each in met)
    for opening in SCRIPT.openings:
        yield from (filled(line, parts) for line in (opening.say, opening.goal, opening.ending))
    for plot in SCRIPT.plots:
        yield from (plot.begin, plot.end)
    for each in SCRIPT.questions:
        yield from (each.ask, each.hint, each.more, f"It is {each.answer}.")
    for words in SCRIPT.spell.values():
        yield from (f"I spell {', '.join(word.upper())}. It is {word}." for word in words)
    for step in steps:
        yield from (filled(step.say, {**parts, "thing": each}) for each in found)
        yield f"{step.ask} {' or '.join(way.offer for way in step.ways)}?"
        yield from (filled(line, parts) for way in step.ways for line in (way.say, *step.otherwise))


async def test_every_sentence_passes_the_whole_guard_for_the_youngest() -> None:
    guard, refused = build_guard(SafetySection(), FakeClock()), []
    policy = guard.policy(SafetyLevel.STRICT)
    for sentence in {one for line in every_line() for one in re.split(r"(?<=[.!?]) ", line)}:
        assert "{" not in sentence, sentence
        verdict, _ = await guard.check_toy(sentence, policy)
        if not verdict.allowed:
            refused.append((sentence, verdict.category))
    assert refused == []
