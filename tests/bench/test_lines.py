"""The written lines: how they are read and expanded, and that every file of them is well formed."""

import random
from collections import Counter
from pathlib import Path

import pytest

from bench.guard.lines import FOLDER, expand, read_lines
from bench.guard.sources import is_held, spoken_by_us
from hub.domain.safety import Category, Direction, SafetyLevel
from hub.errors import DataError


def folder_with(tmp_path: Path, lines: str, slots: str = "name: maya | ben\n") -> Path:
    (tmp_path / "slots.txt").write_text(slots, "utf-8")
    (tmp_path / "topic.txt").write_text(lines, "utf-8")
    return tmp_path


def test_a_line_has_the_labels_of_its_section(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path,
        "# a comment\n## child violence levels=strict,moderate alert=yes\ni will hit {name}\n"
        "\n## toy none like=violence\nThe knight wins.\n",
    )
    unsafe, *_, safe = read_lines(folder)
    assert unsafe.text in {"i will hit maya", "i will hit ben"}
    assert (unsafe.direction, unsafe.category) == (Direction.CHILD, Category.VIOLENCE)
    assert unsafe.levels == {SafetyLevel.STRICT, SafetyLevel.MODERATE}
    assert unsafe.alert
    assert (safe.text, safe.direction, safe.like) == ("The knight wins.", Direction.TOY, "violence")
    assert not safe.unsafe


def test_all_variants_of_a_line_weigh_as_much_as_one_line(tmp_path: Path) -> None:
    found = read_lines(folder_with(tmp_path, "## child none\n(hi|hello|hey) {name}\n"))
    assert 1 < len(found) <= 3
    assert sum(one.weight for one in found) == pytest.approx(1)
    assert len({one.text for one in found}) == len(found)


def test_an_alternative_may_be_empty() -> None:
    found = expand("i (|really )like it", {}, random.Random(1), 20)
    assert set(found) == {"i like it", "i really like it"}


def test_the_same_seed_gives_the_same_lines(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "## child none\n(a|b|c|d|e) (f|g|h|i|j) {name}\n" * 3)
    assert read_lines(folder, seed=4) == read_lines(folder, seed=4)
    assert read_lines(folder, seed=4) != read_lines(folder, seed=5)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("hello\n", r"topic\.txt:1: a line stands before the first section"),
        ("## child nonsense\nhello\n", r"topic\.txt:1: .*nonsense"),
        ("## child none\nhello {nobody}\n", r"topic\.txt:2: .*nobody"),
        ("## child none colour=red\n", r"topic\.txt:1: unknown key colour"),
        ("## child violence levels=most\n", r"topic\.txt:1: .*most"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, lines: str, problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        read_lines(folder_with(tmp_path, lines))


def test_the_lines_that_ship_cover_every_category_both_ways() -> None:
    lines = read_lines()
    unsafe = Counter((one.direction, one.category) for one in lines if one.unsafe)
    wanted = set(Category) - {Category.NONE, Category.BLOCKED_TOPIC, Category.UNCHECKED}
    for category in wanted:
        assert unsafe[Direction.CHILD, category] >= 50, category
        assert unsafe[Direction.TOY, category] >= 20, category
    assert sum(not one.unsafe for one in lines) > 0.4 * len(lines)


def test_no_line_has_a_choice_left_in_it() -> None:
    for one in read_lines():
        assert not set("(){}|") & set(one.text) or one.direction is Direction.TOY, one.text
        assert one.text == " ".join(one.text.split()), one.text


def test_our_own_sentences_are_read_without_placeholders() -> None:
    texts = [one.text for one in spoken_by_us()]
    assert len(texts) > 300
    assert not [text for text in texts if "{" in text]


def test_half_of_the_authored_texts_is_held() -> None:
    ids = [f"talk-{number:03d}" for number in range(1, 493)]
    assert 200 < sum(is_held(id_) for id_ in ids) < 290
    assert is_held("talk-004")
    assert not is_held("talk-001")


def test_the_folder_is_found() -> None:
    assert FOLDER.is_dir()
