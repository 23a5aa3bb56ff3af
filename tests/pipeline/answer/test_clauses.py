"""Cutting a model's text into clauses keeps every word, in order."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from hub.pipeline.answer.clauses import MAX_CLAUSE_CHARACTERS, ClauseSplitter, speakable


def split(*pieces: str) -> list[str]:
    splitter = ClauseSplitter()
    return [clause for piece in pieces for clause in splitter.push(piece)] + splitter.flush()


def test_a_sentence_is_given_as_soon_as_the_next_one_begins() -> None:
    splitter = ClauseSplitter()
    assert splitter.push("Hello there!") == []
    assert splitter.push(" How") == ["Hello there!"]
    assert splitter.flush() == ["How"]


def test_the_first_clause_may_end_at_a_comma_so_that_sound_starts_sooner() -> None:
    assert split("Once upon a time, a bear, who was small, slept. He woke.") == [
        "Once upon a time,",
        "a bear, who was small, slept.",
        "He woke.",
    ]


def test_numbers_and_abbreviations_without_a_space_are_not_cut() -> None:
    assert split("Pi is 3.14 or so. Yes.") == ["Pi is 3.14 or so.", "Yes."]


def test_markup_and_emoji_are_left_out() -> None:
    assert split("**Wow** 🎉 a `cat`! #fun") == ["Wow a cat !", "fun"]
    assert split("\x00\x07") == []


def test_text_without_an_end_is_cut_at_a_space() -> None:
    clauses = split("word " * 200)
    assert all(len(clause) <= MAX_CLAUSE_CHARACTERS for clause in clauses)
    assert " ".join(clauses).split() == ["word"] * 200


@given(st.text(max_size=600), st.lists(st.integers(0, 600), max_size=8))
def test_no_word_is_lost_or_moved_however_the_text_arrives(text: str, cuts: list[int]) -> None:
    borders = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[a:b] for a, b in itertools.pairwise(borders)]
    assert "".join(split(*pieces)).replace(" ", "") == speakable(text).replace(" ", "")
