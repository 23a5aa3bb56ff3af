"""Numbers, times and money as a voice that reads signs badly should get them."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.providers.tts.english import written_out


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("It's 7:30.", "It's 7 30."),
        ("at 7:05 pm, not 7:00 pm", "at 7 oh 5 pm, not 7 pm"),
        ("from 15:00 to 0:15", "from 3 o'clock to 12 15"),
        ("The moon is 3.5 km away", "The moon is 3.5 kilometres away"),
        ("1 km, 21 km, 5cm, 20°C", "1 kilometre, 21 kilometres, 5 centimetres, 20 degrees"),
        ("It runs 80 km/h.", "It runs 80 kilometres an hour."),
        ("£2.50 or $1", "2 pounds 50 or 1 dollar"),
        ("£0.50, £3.00, £1,200 and €2 million", "50 pence, 3 pounds, 1,200 pounds and 2 million euros"),
        ("1/2 a cake, 3/4 and 1 1/2", "a half a cake, 3 quarters and 1 and a half"),
        ("in 1990, 1905 and the 1800s", "in 19 90, 19 oh 5 and the 18 hundreds"),
        ("7 x 8, 10 - 5, 3–4", "7 times 8, 10 minus 5, 3 to 4"),
    ],
)  # fmt: skip
def test_signs_at_numbers_are_written_out(written: str, said: str) -> None:
    assert written_out(written) == said


@pytest.mark.parametrize(
    "words",
    [
        "The 2nd of 2024, 12.5% of 1,990",
        "on 1/2/2024, 24/7",
        "call 0800 1111 or 555-1234",
        "the score is 2:1",
        "I'm 7, and a big fish",
        "1.2.3 and 12:30:45",
    ],
)
def test_what_is_read_well_or_could_be_anything_stays(words: str) -> None:
    assert written_out(words) == words


NUMBERS = st.text(string.digits + ".,:/- £$€xkmglcp°C", max_size=40)


@settings(max_examples=60, deadline=None)
@given(NUMBERS)
def test_whatever_is_written_no_digit_but_those_of_the_clock_is_invented(text: str) -> None:
    said = written_out(text)
    assert len(said) <= 12 * len(text) + 12
    if ":" not in text:
        assert set(said) & set(string.digits) <= set(text)
