"""Every plausible reading of a disguised text, and none that would turn plain play into something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.safety.normalise import readings


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("I'm gonna tell Mommy!", "i am going to tell mom ."),
        ("What’s your dad's name?", "what is your dads name ."),
        ("don't, won't; can't", "do not will not . can not"),
        ("HE'LL come", "he will come"),
        ("Café Zoë", "cafe zoe"),
        ("பொம்மை", "பொம்மை"),
        ("", ""),
        ("...", ""),
    ],
)
def test_the_first_reading_is_the_text_in_plain_words(text: str, plain: str) -> None:
    assert readings(text)[0] == plain


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("k1ll", "kill"),
        ("he11o", "hello"),
        ("b@d", "bad"),
        ("sh!t", "shit"),
        ("k i l l", "kill"),
        ("k-i-l-l", "kill"),
        ("a g u n", "a gun"),
        ("kay eye el el", "kill"),
        ("kay i l l", "kill"),
        ("owhay otay illkay", "how to kill"),
        ("kiiiill", "kill"),
        ("stuuuupid", "stupid"),
        ("fооl", "fool"),
        ("ki\u200bll", "kill"),
        ("ｋｉｌｌ", "kill"),
        ("ki\u00adll", "kill"),
        ("𝓴𝓲𝓵𝓵", "kill"),
        ("k̶i̶l̶l̶", "kill"),
    ],
)
def test_a_hidden_word_is_among_the_readings(text: str, hidden: str) -> None:
    assert hidden in readings(text)


@pytest.mark.parametrize("text", ["i am 7 years old", "go forward 10 meters", "good book", "abc"])
def test_a_plain_text_has_one_reading(text: str) -> None:
    assert readings(text) == (text,)


@given(st.text(max_size=500))
def test_any_text_has_readings_of_lower_case_words_parted_by_single_spaces(text: str) -> None:
    forms = readings(text)
    assert 1 <= len(forms) <= 40
    for form in forms:
        assert form == " ".join(form.split())
