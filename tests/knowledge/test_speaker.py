"""Who of a toy's children speaks."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.domain.family.children import Child
from hub.domain.talks.talk import Turn
from hub.domain.toys import Toy
from hub.knowledge import speaker
from hub.knowledge.speaker import sound_of
from tests.clock import FakeClock

FAMILY = [Child("l", "Lucy"), Child("m", "Max"), Child("t", "Tom")]
SHARED = Toy("toy", "Bear", child_ids=frozenset({"l", "m"}))
LUCYS = Toy("toy", "Bear", child_ids=frozenset({"l"}))


def who_speaks(
    toy: Toy, family: list[Child], before: list[Turn], heard: str, *, asked: bool = False
) -> str | None:
    return speaker.who_speaks(toy, family, before, heard, FakeClock().now(), asked=asked)


def before(child_id: str | None) -> list[Turn]:
    return [Turn("1", "toy", "say", FakeClock().now(), child_id=child_id)]


@pytest.mark.parametrize(
    "heard",
    [
        "it's Lucy",
        "hello, it's lucy, tell me a story",
        "I'm Lucy",
        "hi this is lucy can we play",
        "my name is Lucy",
        "Lucy here",
        "I'm Lucy now",
        "it's lucie",
        "I'm Loosy",
        "Ich bin die Lucy",
        "je m'appelle Lucy",
        "I'm not Max",
    ],
)
def test_who_says_their_name_is_known_and_stays_so(heard: str) -> None:
    assert who_speaks(SHARED, FAMILY, [], heard) == "l"
    assert who_speaks(SHARED, FAMILY, before("l"), "and what does a cow say") == "l"
    assert who_speaks(SHARED, FAMILY, before("m"), heard) == "l"


@pytest.mark.parametrize(
    "heard",
    [
        "hello",
        "Lucy",
        "I'm lazy",
        "Lucy is here",
        "it's Lucy's birthday",
        "I'm Lucy's friend",
        "it's lucy who did it",
        "where is Lucy",
    ],
)
def test_without_a_name_nobody_is_guessed(heard: str) -> None:
    assert who_speaks(SHARED, FAMILY, [], heard) is None


def test_the_only_child_of_a_toy_is_known() -> None:
    assert who_speaks(LUCYS, FAMILY, [], "hello") == "l"


@pytest.mark.parametrize("heard", ["I'm Tom", "my name is Paul", "I'm not Lucy"])
def test_somebody_else_is_not_taken_for_it(heard: str) -> None:
    assert who_speaks(LUCYS, FAMILY, before("l"), heard) is None
    assert who_speaks(LUCYS, FAMILY, before(None), "and now?") is None
    assert who_speaks(LUCYS, FAMILY, before(None), "it's lucy again") == "l"


@pytest.mark.parametrize(
    ("name", "alike"),
    [("Sara", "Sarah"), ("Sophie", "Sofy"), ("Max", "Macks"), ("Eric", "Erik"), ("Zoë", "Zoey")],
)
def test_names_are_told_by_their_sound(name: str, alike: str) -> None:
    assert sound_of(name) == sound_of(alike)


@pytest.mark.parametrize(
    ("name", "other"), [("Tim", "Tom"), ("Finn", "fine"), ("Don", "done"), ("Anna", "Anne")]
)
def test_other_names_and_words_sound_otherwise(name: str, other: str) -> None:
    assert sound_of(name) != sound_of(other)


def test_of_two_who_sound_alike_the_one_that_is_written_so_speaks() -> None:
    family = [Child("l", "Luca"), Child("m", "Luka")]
    assert who_speaks(SHARED, family, [], "it's Luka") == "m"
    assert who_speaks(SHARED, family, [], "it's Lucca") is None


def test_a_name_alone_answers_the_toys_question() -> None:
    assert who_speaks(SHARED, FAMILY, before(None), "Lucy", asked=True) == "l"
    assert who_speaks(SHARED, FAMILY, before(None), "it's me, Max!", asked=True) == "m"
    assert who_speaks(SHARED, FAMILY, before(None), "where is Lucy", asked=True) is None


def test_whom_a_parent_named_speaks_until_the_talk_is_over_or_another_says_its_name() -> None:
    clock = FakeClock()
    held = replace(SHARED, held_by="l", held_since=clock.now())
    assert who_speaks(held, FAMILY, before("m"), "hello") == "l"
    assert who_speaks(held, FAMILY, before("m"), "I'm Max") == "m"
    later = replace(before("m")[0], started_at=clock.now() + timedelta(seconds=1))
    assert who_speaks(held, FAMILY, [later], "hello") == "m", "who said so after that"
    long_ago = replace(held, held_since=clock.now() - timedelta(minutes=10))
    assert who_speaks(long_ago, FAMILY, [], "hello") is None
    assert who_speaks(replace(held, held_by="t"), FAMILY, [], "hello") is None, "not its child"


@pytest.mark.parametrize(
    ("heard", "child_id"),
    [
        *(("yes", "l"), ("Yeah, it's me", "l"), ("ja!", "l"), ("sí", "l"), ("oui", "l")),
        *(("हाँ", "l"), ("ஆமாம்", "l"), ("no", "m"), ("nein", "m"), ("नहीं", "m"), ("இல்லை", "m")),
        *(("yes, it's Max", "m"), ("it's Tom", None), ("yesterday", None), ("nobody", None)),
    ],
)
def test_a_yes_or_a_no_answers_whether_it_is_that_child(heard: str, child_id: str | None) -> None:
    now = FakeClock().now()
    asked = speaker.who_speaks(SHARED, FAMILY, before(None), heard, now, asked=True, offered="l")
    assert asked == child_id
    if heard in ("yes", "no", "हाँ"):
        assert who_speaks(SHARED, FAMILY, before(None), heard, asked=True) is None, "to who it is"
        assert speaker.is_answer_alone(FAMILY, heard, offered=True)
        assert not speaker.is_answer_alone(FAMILY, heard, offered=False)
