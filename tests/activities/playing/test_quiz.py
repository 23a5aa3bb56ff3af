"""Quizzes, question by question: hints, the child's pace, and answers in words and figures."""

import random

import pytest

from hub.activities.playing.quiz import ROUND, TOPICS, Quiz
from hub.activities.playing.saying import Move
from hub.activities.playing.script import load
from hub.activities.words import plain_words
from hub.providers.llm.storyteller import numbers
from hub.providers.llm.storyteller.numbers import sum_wanted

SCRIPT = load()


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
