"""What of an answer a child has heard, word by word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.pipeline.event_stream import MS_A_CHARACTER, HeardSoFar


def answer(*clauses: tuple[str, float]) -> HeardSoFar:
    heard = HeardSoFar()
    for text, sound_ms in clauses:
        heard.begin(text)
        heard.add(sound_ms)
    return heard


BEARS = answer(("Bears sleep all winter.", 2000), ("Then they are hungry.", 2000))


@pytest.mark.parametrize(
    ("played_ms", "said"),
    [
        (0, []),
        (400, []),
        (600, ["Bears"]),
        (1999, ["Bears sleep all"]),
        (2000, ["Bears sleep all winter."]),
        (3100, ["Bears sleep all winter.", "Then they"]),
        (4000, ["Bears sleep all winter.", "Then they are hungry."]),
        (9000, ["Bears sleep all winter.", "Then they are hungry."]),
    ],
)
def test_only_words_that_were_played_to_their_end_were_said(
    played_ms: float, said: list[str]
) -> None:
    assert BEARS.said(played_ms, whole=True) == said


def test_without_a_position_all_that_was_handed_on_was_said() -> None:
    assert BEARS.said(None) == ["Bears sleep all winter.", "Then they are hungry."]


def test_sound_that_was_not_handed_on_makes_a_clause_longer() -> None:
    assert answer(("One two.", 200)).said(200, more_ms=200, whole=True) == ["One"]


def test_of_a_clause_whose_sound_is_not_all_known_the_length_is_guessed() -> None:
    text = "One two three four."
    guess_ms = MS_A_CHARACTER * len(text)
    assert answer((text, 100)).said(guess_ms / 2 + 50) == ["One two"]
    told = answer(("Slow.", 5000), (text, 100))  # this voice takes a second a letter
    assert told.said(5000 + 8000) == ["Slow.", "One two"]


def test_nothing_begun_is_nothing_said() -> None:
    assert HeardSoFar().said(500.0) == []


@given(
    st.lists(st.tuples(st.text("ab .", min_size=1, max_size=30), st.floats(1, 5000)), max_size=6),
    st.floats(0, 40_000),
    st.floats(0, 40_000),
)
def test_who_hears_longer_hears_no_less(
    clauses: list[tuple[str, float]], one_ms: float, other_ms: float
) -> None:
    heard = answer(*clauses)
    short, long = (" ".join(heard.said(ms)) for ms in sorted((one_ms, other_ms)))
    assert " ".join(long.split()).startswith(" ".join(short.split()))
