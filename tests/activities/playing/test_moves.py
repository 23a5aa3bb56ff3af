"""Stories that a child steers, and let's pretend, move by move: whatever a child says leads somewhere."""

import random
from dataclasses import replace

import pytest

from hub.activities.playing.moves import Moves
from hub.activities.playing.saying import Move, filled
from hub.activities.playing.script import load, way_said
from hub.activities.words import plain_words
from hub.domain.play.games import Asks, Game, GameKind
from hub.providers.llm.storyteller import script as storyteller
from hub.providers.llm.storyteller.conversation import sentences
from tests.activities.playing.ways import offered

SCRIPT, WORDS = load(), storyteller.load()


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

    def answer(self, words: str) -> Move | None:
        return self._moves().answer(words, self.game, sentences(self.said))

    def says(self, words: str) -> str:
        move = self.answer(words)
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


def at_the_end(words: str) -> Child:
    """After the question whether it goes on."""
    child = Child(words)
    while child.game.asks is not Asks.PART:
        child.says("the first one")
    return child


@pytest.mark.parametrize("words", ["now", "now please", "the next one", "some more", "yes"])
def test_a_child_may_say_in_its_own_way_that_the_next_part_comes_now(words: str) -> None:
    child = at_the_end("an adventure")
    child.says(words)
    assert (child.game.asks, child.waits) == (Asks.WAY, True)


@pytest.mark.parametrize("words", ["tomorrow", "another day", "keep it", "keep it for tomorrow"])
def test_or_that_it_comes_another_day(words: str) -> None:
    child = at_the_end("an adventure")
    child.says(words)
    assert (child.game.asks, child.waits) == (Asks.PART, False)


def test_whoever_is_asked_for_another_game_may_name_it_at_once() -> None:
    child = at_the_end("lets play shop")
    assert SCRIPT.plots[0].name == "shop"
    assert child.answer("i dressed up as one of the pirates yesterday") is None
    assert "parrot" in child.says("pirates")


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
