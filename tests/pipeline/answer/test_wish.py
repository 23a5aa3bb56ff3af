"""What a child wants, as far as limits ask."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.domain.play.limits import Kind, Pastime
from hub.domain.talks.talk import Turn
from hub.pipeline.answer.wish import Wish, asks_what_is_left, pastime_asked, wish_of

NOW = datetime(2026, 5, 4, 18, tzinfo=UTC)
GOING_ON = {kind: Wish(kind, begins=False) for kind in Kind}


def said_before(heard: str, answer: str, seconds_ago: float = 30) -> list[Turn]:
    began = NOW - timedelta(seconds=seconds_ago)
    return [Turn("t", "toy", "satellite", began, heard=heard, said=[answer])]


def not_refused(turn: Turn) -> bool:
    return False


@pytest.mark.parametrize(
    ("heard", "kind"),
    [
        ("tell me a story about a dragon", Kind.STORY),
        ("erzähl mir ein Märchen", Kind.STORY),
        ("cuéntame un cuento", Kind.STORY),
        ("raconte-moi une histoire", Kind.STORY),
        ("ஒரு கதை சொல்லு", Kind.STORY),
        ("let's play something", Kind.GAME),
        ("do you know a riddle", Kind.GAME),
        ("ein Rätsel bitte", Kind.GAME),
        ("my brother plays football", Kind.CHAT),
        ("what do bears eat", Kind.CHAT),
    ],
)
def test_the_words_name_it(heard: str, kind: Kind) -> None:
    assert wish_of(heard, NOW, [], not_refused) == Wish(kind)


def test_a_story_goes_on_until_something_else_is_asked() -> None:
    before = said_before("tell me a story", "And then the fox ran home. Shall I go on?")
    assert wish_of("yes please", NOW, before, not_refused) == GOING_ON[Kind.STORY]
    assert wish_of("what happened next", NOW, before, not_refused) == GOING_ON[Kind.STORY]
    assert wish_of("why is the sky blue", NOW, before, not_refused) == Wish()
    assert wish_of("tell me another story", NOW, before, not_refused) == Wish(Kind.STORY)
    assert (
        wish_of("go on", NOW, said_before("tell me a story", "The end.", 400), not_refused)
        == Wish()
    )
    assert wish_of("go on", NOW, said_before("what do bears eat", "Honey."), not_refused) == Wish()


def test_an_answer_to_the_toys_question_is_part_of_the_game() -> None:
    asked = said_before("a riddle please", "What has four legs and can't walk?")
    assert wish_of("a table", NOW, asked, not_refused) == GOING_ON[Kind.GAME]
    told = said_before("a riddle please", "It was a table.")
    assert wish_of("do you like tables", NOW, told, not_refused) == Wish()


def test_what_limits_stood_against_does_not_go_on_and_yes_is_to_the_story_offered_instead() -> None:
    offered = said_before("let's play a riddle", "Would you like a cozy story?")
    for heard, wish in {"yes please": Wish(Kind.STORY), "what do bears eat": Wish()}.items():
        assert wish_of(heard, NOW, offered, lambda turn: turn in offered) == wish


@pytest.mark.parametrize(
    ("heard", "asks"),
    [
        ("how long do i have left", True),
        ("how much time is left", True),
        ("how many minutes can we still play", True),
        ("how long until bedtime", True),
        ("how much longer may i talk to you", True),
        ("wie lange darf ich noch spielen", True),
        ("cuánto tiempo me queda", True),
        ("combien de temps il me reste", True),
        ("how long do whales live", False),
        ("how long until christmas", False),
        ("how long is a giraffe's neck", False),
        ("how many minutes are in an hour", False),
        ("what is left of the moon", False),
    ],
)
def test_the_question_what_is_left_is_known(heard: str, asks: bool) -> None:
    assert asks_what_is_left(heard) is asks


@pytest.mark.parametrize(
    ("heard", "pastime"),
    [
        ("Tell me a joke!", Pastime.JOKE),
        ("can you sing another song", Pastime.RHYME),
        ("a riddle please", Pastime.RIDDLE),
        ("let's play the guessing game", Pastime.GUESSING),
        ("I want a story about a fox", Pastime.TALE),
        ("Erzähl mir eine Geschichte", Pastime.TALE),
        ("we sang a song at school", None),
        ("I know a joke", None),
        ("I want to tell you a joke", None),
        ("no more riddles", None),
        ("why is the sky blue", None),
    ],
)
def test_what_a_model_is_asked_to_play(heard: str, pastime: Pastime | None) -> None:
    assert pastime_asked(heard) == pastime
