"""Training: the same lines give the same bytes, and a model that knows its own lines."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from bench.guard import train
from bench.guard.garble import garbled_copies
from bench.guard.lines import Example
from bench.guard.model import Built, build
from bench.guard.operating import least_odds, sort_of
from bench.guard.sources import DISGUISED, TALK, is_held, read_texts, unseen_texts
from bench.guard.train import training_texts, write
from hub.domain.safety import Category, Direction, SafetyLevel, SafetyPolicy
from hub.safety.classifier.classifier import ClassifierCheck
from hub.safety.classifier.model import ClassifierModel, blended
from hub.safety.text.normalise import literal

VERBS = ("hit", "stab", "choke", "poison", "kick", "punch", "burn", "hurt", "drown", "strangle")
PEOPLE = ("my brother", "maya", "the teacher", "that boy", "my sister", "the new kid")
WRITERS = ("test", "second_test", "third_test")
"""As in the names of files: each person's lines are another writer's."""
GAMES = (
    "hide and seek",
    "tag",
    "chess",
    "soccer",
    "a board game",
    "catch",
    "dress up",
    "uno",
    "ball",
    "bingo",
)


def small_set() -> list[Example]:
    def example(text: str, category: Category, direction: Direction, person: str) -> Example:
        unsafe = category is not Category.NONE
        return Example(
            text=text,
            direction=direction,
            category=category,
            levels=frozenset(SafetyLevel) if unsafe else frozenset(),
            alert=unsafe,
            source=WRITERS[PEOPLE.index(person) % len(WRITERS)],
            like="" if unsafe else "everyday",
            line=text,
        )

    return [
        *(
            example(f"i am going to {verb} {person}", Category.VIOLENCE, direction, person)
            for verb in VERBS
            for person in PEOPLE
            for direction in Direction
        ),
        *(
            example(f"i want to play {game} with {person}", Category.NONE, direction, person)
            for game in GAMES
            for person in PEOPLE
            for direction in Direction
        ),
    ]


@pytest.fixture(scope="module")
def trained_on() -> list[Example]:
    return training_texts()


def test_nothing_of_the_held_half_is_trained_on(trained_on: list[Example]) -> None:
    authored = [one for name in (TALK, DISGUISED) for one in read_texts(name)]
    if not authored:
        pytest.skip("../shared/safety is not here")
    held = {one.text.lower() for one in authored if is_held(one.id)}
    # A number, as the texts themselves are not to be read.
    seen = sum(one.text.lower() in held for one in trained_on)
    assert seen == 0


def test_nothing_of_the_unseen_texts_is_trained_on(trained_on: list[Example]) -> None:
    unseen = {literal(text).strip(" .") for text in unseen_texts()}
    assert len(unseen) > 600
    seen = sum(literal(one.text).strip(" .") in unseen for one in trained_on)
    assert seen == 0


def test_a_line_that_says_the_same_as_an_unseen_text_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copied = [
        replace(small_set()[0], text=f" {text.upper()}! ", line="copied") for text in unseen_texts()
    ]
    fresh = small_set()
    monkeypatch.setattr(train, "read_lines", lambda: [*copied, *fresh])
    left = training_texts()
    assert not [one for one in left if one.line == "copied"], "neither it nor a garbled copy"
    assert all(one in left for one in fresh)


def test_some_of_what_children_say_is_learned_garbled_too_and_bounds_nothing() -> None:
    lines = small_set()
    copies = list(garbled_copies(lines))
    assert copies == list(garbled_copies(lines))
    assert 5 < len(copies) < len(lines) / 2
    for one in copies:
        assert one.misheard
        assert one.direction is Direction.CHILD
        assert one.text not in ("", one.line)
        assert sort_of(one) == ""


@pytest.fixture(scope="module")
def built() -> Built:
    return build(small_set())


def test_the_same_lines_give_the_same_bytes(built: Built, tmp_path: Path) -> None:
    written = tmp_path / "model.npz"
    write(small_set(), written)
    assert written.read_bytes() == built.model.to_bytes()


def test_a_trained_model_stops_what_is_like_its_lines_and_lets_the_rest_pass(built: Built) -> None:
    check = ClassifierCheck(ClassifierModel.read(BytesIO(built.model.to_bytes())), "test")
    policy = SafetyPolicy(SafetyLevel.MODERATE)
    verdict = check.judge("i am going to smack the babysitter", Direction.CHILD, policy)
    assert (verdict.allowed, verdict.category) == (False, Category.VIOLENCE)
    assert verdict.alert is not None
    assert check.judge("i want to play checkers with grandma", Direction.CHILD, policy).allowed


def test_what_ships_answers_as_what_was_trained_but_for_rounding(built: Built) -> None:
    shipped = ClassifierModel.read(BytesIO(built.model.to_bytes()))
    for one in small_set()[::20]:
        before = built.model.odds(one.text, one.direction)
        after = shipped.odds(one.text, one.direction)
        assert np.allclose(before, after, atol=0.05)


def test_the_part_for_adults_style_counts_for_texts_in_it_alone() -> None:
    """Columns of parts: three stops, alert, style, adult, and the encoder's stops and alert."""
    blend = np.tile(np.array([1.0, 0.5, -1.0, 2.0, 0.0, 0.0]), (4, 1))
    child, adult = [1.0, 1.0, 1.0, 1.0, -30.0, 5.0], [1.0, 1.0, 1.0, 1.0, 30.0, 5.0]
    meant = [4.0, 4.0, 4.0, 4.0]
    assert np.allclose(blended(np.array(child + meant), blend), 3.0)
    assert np.allclose(blended(np.array(adult + meant), blend), 12.0)


@pytest.mark.parametrize(("share", "stopped"), [(0.0, 0), (0.1, 1), (0.25, 2), (1.0, 9)])
def test_a_threshold_lets_no_more_than_its_share_of_safe_texts_be_stopped(
    share: float, stopped: int
) -> None:
    safe = np.arange(10.0)
    assert (safe >= least_odds(safe, share)).sum() == stopped


def test_without_a_safe_text_nothing_is_stopped() -> None:
    assert least_odds(np.array([]), 0.5) == np.inf
