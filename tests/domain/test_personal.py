"""Masking what tells who and where a family is, on lines as children say them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.domain.personal import Masker

FILE = Path(__file__).parents[1] / "data" / "personal_lines.txt"
MASKER = Masker(names=("Mia", "Tom", "Will", "Mum"), keep=("Pommai",))


def lines() -> Iterator[tuple[str, str]]:
    for line in FILE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            said, _, masked = line.partition(" => ")
            yield said, masked or said


@pytest.mark.parametrize(("said", "masked"), lines())
def test_a_line_loses_its_details_and_nothing_else(said: str, masked: str) -> None:
    assert MASKER.mask(said) == masked
