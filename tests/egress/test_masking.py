"""Masking what tells who and where a family is, on lines as children say them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.persona import DEFAULT_PERSONA
from hub.egress.masking import Masker
from hub.knowledge.prompt import AUDIENCE, FRAME, HOUSE_RULES
from hub.providers.llm import storyteller

FILE = Path(__file__).parents[1] / "data" / "personal_lines.txt"
STORIES = Path(storyteller.__file__).parent
MASKER = Masker(names=("Mia", "Tom", "Will", "Mum"), keep=("Pommai",))


def lines() -> Iterator[tuple[str, str]]:
    for line in FILE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            said, _, masked = line.partition(" => ")
            yield said, masked or said


@pytest.mark.parametrize(("said", "masked"), lines())
def test_a_line_loses_its_details_and_nothing_else(said: str, masked: str) -> None:
    assert MASKER.mask(said) == masked


def test_our_own_instructions_to_a_model_are_left_as_they_are() -> None:
    for text in (FRAME, HOUSE_RULES, *DEFAULT_PERSONA.texts(), *AUDIENCE.values()):
        assert MASKER.mask(text) == text


@pytest.mark.parametrize("page", sorted(STORIES.glob("*.toml")), ids=lambda page: page.name)
def test_stories_and_answers_hold_nobodys_details(page: Path) -> None:
    for line in page.read_text("utf-8").splitlines():
        assert MASKER.mask(line) == line


@given(st.text(max_size=300), st.sampled_from(list(lines())))
def test_any_text_can_be_masked_and_a_detail_is_found_beside_it(
    text: str, line: tuple[str, str]
) -> None:
    said, masked = line
    out = MASKER.mask(f"{text}\n\n{said}")
    assert said == masked or said not in out


@pytest.mark.parametrize(
    "words",
    ["a ", "one ", "my address is ", "five five five ", "x at y dot ", "1 2 ", "(", "i live in "],
)
def test_no_text_takes_long(words: str) -> None:
    long = (words * 2000)[:20_000]
    assert MASKER.mask(long + " my name is zoe").endswith("my name is [name]")
