"""What parents read on a turn's card and a toy's, in every state."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from guardian_web.devices.cards import STATE_WORDS, satellite_card
from guardian_web.talks.cards import Tone, turn_card
from guardian_web.talks.words import Quote, plain_reason, plain_trouble, quote
from hub.domain.safety import AlertLevel, Category, Verdict
from hub.domain.talks.talk import HOME_ASSISTANT, PAGE, Turn, TurnState
from hub.domain.toys import Satellite, SatelliteState, Toy
from hub.domain.words import CATEGORY_WORDS
from tests.guardian.household import FINE, REFUSED

BEAR = Toy("b", "Bear")


def a_turn(state: TurnState, *verdicts: Verdict) -> Turn:
    at = datetime(2026, 5, 4, 15, tzinfo=UTC)
    return Turn("t", "b", "satellite", at, state=state, verdicts=list(verdicts), error="no key")


def labels(turn: Turn) -> list[str]:
    return [mark.label for mark in turn_card(turn, [BEAR]).marks]


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (a_turn(TurnState.DONE, FINE), ["Allowed"]),
        (a_turn(TurnState.DONE), ["Not checked"]),
        (a_turn(TurnState.DONE, replace(FINE, look=True)), ["Allowed", "Worth a look"]),
        (a_turn(TurnState.THINKING, FINE), ["Answering …"]),
        (a_turn(TurnState.REFUSED, REFUSED), ["Redirected: violence"]),
        (a_turn(TurnState.CUT, FINE), ["Interrupted"]),
        (a_turn(TurnState.CUT, REFUSED), ["Redirected: violence", "Interrupted"]),
        (a_turn(TurnState.FAILED, FINE), ["Could not answer"]),
    ],
)
def test_marks_say_what_became_of_a_turn(turn: Turn, expected: list[str]) -> None:
    assert labels(turn) == expected


def test_a_network_service_is_named_as_its_family_knows_it() -> None:
    heard = replace(a_turn(TurnState.DONE, FINE), providers={"stt": "house:faster-whisper"})
    assert turn_card(heard, [BEAR]).providers == [("Hearing", "faster-whisper")]


def test_what_came_through_home_assistant_says_so() -> None:
    heard = replace(a_turn(TurnState.REFUSED, REFUSED), source="homeassistant", heard="boo")
    assert labels(heard) == ["Passed on: violence"]
    assert turn_card(heard, [BEAR]).who == "Somebody, through Home Assistant"
    redirected = replace(heard, heard="", refused=["boo"], said=["Let's play."])
    assert labels(redirected) == ["Redirected: violence"]


def test_a_mark_says_whose_words_were_the_reason_and_no_rules_id() -> None:
    [child] = turn_card(a_turn(TurnState.REFUSED, REFUSED), [BEAR]).marks
    [toy] = turn_card(a_turn(TurnState.REFUSED, FINE, REFUSED), [BEAR]).marks
    assert child.detail == "Reason: speaks of hurting somebody (in the child's words)"
    assert toy.detail.endswith("(in the toy's words, which were not spoken)")


def test_a_reason_is_never_put_down_to_a_child_who_did_not_speak() -> None:
    refused = a_turn(TurnState.REFUSED, REFUSED)
    [tried] = turn_card(replace(refused, source=PAGE), [BEAR]).whys
    [elsewhere] = turn_card(replace(refused, source=HOME_ASSISTANT), [BEAR]).whys
    assert tried.whose == "in the grown-up's words"
    assert elsewhere.whose == "in their words"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("violence.how: speaks of hurting somebody", "speaks of hurting somebody"),
        ("reads like self_harm (87 %)", "as a whole it sounds like self-harm"),
        (
            "the talk drifted there in small steps (3.8 of 2.8)",
            "the talk came to it step by step",
        ),
        (
            "scary.ghost: a ghost (severity 3; at most 1 passes)",
            "a ghost; that is more than this toy's safety level lets pass",
        ),
        (
            "severity 3; at most 1 passes",
            "that is more than this toy's safety level lets pass",
        ),
        (
            "a fight (judged strictly, as azure gave no answer)",
            "a fight; an extra check gave no answer, so it was judged as for the youngest",
        ),
        ("", ""),
    ],
)
def test_a_reason_has_no_scores_and_no_names_of_ours(reason: str, words: str) -> None:
    assert plain_reason(reason) == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("whisper: too slow: 12 s passed without a sound", "whisper: it took too long"),
        (
            "openai: left alone for now; openai: can't reach api.example; check its key",
            "openai: it could not be reached",
        ),
        ("openai: no key; set OPENAI_API_KEY in the hub's environment", "openai: it has no key"),
        ("piper: damaged (EOFError); get it again: pommai-hub models", "piper: damaged (EOFError)"),
        ("", ""),
    ],
)
def test_what_went_wrong_names_nothing_to_type(error: str, words: str) -> None:
    assert plain_trouble(error) == words


@pytest.mark.parametrize(
    ("matched", "said", "quoted"),
    [
        ("hit him", "I want to HIT, him now", Quote("HIT, him", False)),
        ("kill", "k1ll", Quote("kill", True)),
        ("is", "this", Quote("is", True)),
        ("", "hello", Quote("", True)),
    ],
)
def test_words_that_led_to_a_refusal_are_quoted_as_they_were_said(
    matched: str, said: str, quoted: Quote
) -> None:
    assert quote(matched, said) == quoted


def test_a_failed_turn_says_what_failed() -> None:
    [mark] = turn_card(a_turn(TurnState.FAILED, FINE), [BEAR]).marks
    assert mark.detail == "no key"


def test_the_gravest_alert_is_shown() -> None:
    verdicts = [replace(REFUSED, alert=level) for level in (AlertLevel.URGENT, AlertLevel.INFO)]
    assert turn_card(a_turn(TurnState.REFUSED, *verdicts), [BEAR]).alert == "Needs you now"
    assert turn_card(a_turn(TurnState.DONE, FINE), [BEAR]).alert == ""


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(None, ""), (0.91, "heard clearly, 91 %"), (0.3, "hard to hear, 30 %: words may be wrong")],
)
def test_confidence_is_said_in_words(confidence: float | None, words: str) -> None:
    turn = replace(a_turn(TurnState.DONE, FINE), confidence=confidence)
    assert turn_card(turn, [BEAR]).heard_how_well == words


def test_every_category_and_every_state_has_words() -> None:
    assert CATEGORY_WORDS.keys() == set(Category)
    assert STATE_WORDS.keys() == set(SatelliteState)


@pytest.mark.parametrize(
    ("interruptible", "words"),
    [
        (None, "not encrypted"),
        (True, "not encrypted"),
        (False, "not encrypted, can’t be interrupted"),
    ],
)
def test_a_stock_satellite_is_marked_as_one_that_nobody_can_interrupt(
    interruptible: bool | None, words: str
) -> None:
    assert satellite_card(Satellite("a", "A", interruptible=interruptible), []).link == words


def test_a_stopped_toy_is_not_shown_as_one_that_is_fine_nor_as_one_that_is_gone() -> None:
    stopped = Satellite("a", "A", adopted=True, state=SatelliteState.STOPPED)
    card = satellite_card(stopped, [])
    assert (card.state, card.tone, card.live) == ("Stopped", Tone.CARE, True)


def test_a_satellite_carries_its_toys_name_and_an_id_fit_for_html() -> None:
    card = satellite_card(Satellite("name:Odd Näme!", "Odd", toy_id="b", adopted=True), [BEAR])
    assert card.toy == "Bear"
    assert card.slug.isalnum()
