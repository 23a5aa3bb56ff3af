from datetime import date

import pytest

from hub.domain.family.children import Child, birthday_problem, read_born
from hub.domain.safety import SafetyLevel

TODAY = date(2026, 5, 4)


@pytest.mark.parametrize(
    ("born", "age", "level"),
    [
        ("", None, None),
        ("2019", 7, SafetyLevel.STRICT),
        ("2018-05", 8, SafetyLevel.MODERATE),
        ("2018-06", 7, SafetyLevel.STRICT),
        ("2015-05-04", 11, SafetyLevel.RELAXED),
        ("2015-05-05", 10, SafetyLevel.MODERATE),
        ("2020-02-29", 6, SafetyLevel.STRICT),
    ],
)
def test_an_age_is_as_good_as_what_is_known(
    born: str, age: int | None, level: SafetyLevel | None
) -> None:
    child = Child("c", "Mia", *read_born(born))
    assert child.born == born
    assert child.age(TODAY) == age
    assert child.level(TODAY) is level


@pytest.mark.parametrize("text", ["soon", "2019-13", "2019-02-29", "19", "2019-5-1", "0000", " "])
def test_what_is_no_day_is_no_birthday(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no birthday|no such day"):
        read_born(text)


@pytest.mark.parametrize(
    ("born", "fits"),
    [("", 1), ("2026-05-04", 1), ("2026-05-05", 0), ("2008", 1), ("2007-12-31", 0)],
)
def test_a_child_is_born_and_not_grown_up(born: str, fits: int) -> None:
    assert (birthday_problem(Child("c", "Mia", *read_born(born)), TODAY) == "") == bool(fits)
