"""A household's children: whom the toys talk with."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from hub.domain.safety import SafetyLevel

OLDEST_CHILD: Final = 18
"""In years."""
PROFILE: Final = ("likes", "avoid", "gentle", "languages")
"""Fields of a `Child` in which a parent tells what toys should know."""
_BORN: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


@dataclass(frozen=True, slots=True)
class Child:
    """One child's profile. Of the birthday the year may be known alone, or the year and the month."""

    id: str
    name: str
    birth_year: int | None = None
    birth_month: int | None = None
    birth_day: int | None = None
    pronouns: str = ""
    """Such as "she/her"; "" where nobody said."""
    likes: str = ""
    """With commas between, such as "dinosaurs, drawing"."""
    avoid: str = ""
    """What a toy had better not begin to speak of."""
    gentle: str = ""
    """What it is to be gentle about."""
    languages: str = ""
    """That the child speaks, in a parent's words."""
    safety_level: SafetyLevel | None = None
    """A toy is this careful at least while this child speaks to it; None: as careful as it is itself."""
    archived: bool = False
    """No toy is this child's now. What they said stays."""

    @property
    def born(self) -> str:
        """The birthday as far as it is known: "2019", "2019-05", "2019-05-17", or ""."""
        parts = (self.birth_year, self.birth_month, self.birth_day)
        return "-".join(f"{part:02}" for part in parts if part is not None)

    def age(self, today: date) -> int | None:
        """In whole years, where the month is known; else the age that is reached this year. None where no year is."""
        if self.birth_year is None:
            return None
        age = today.year - self.birth_year
        if self.birth_month is None:
            return age
        return age - ((self.birth_month, self.birth_day or 1) > (today.month, today.day))

    def level(self, today: date) -> SafetyLevel | None:
        """The safety level that is meant for this age; None where the age isn't known."""
        age = self.age(today)
        return None if age is None else SafetyLevel.for_age(age)


def read_born(text: str) -> tuple[int | None, int | None, int | None]:
    """Year, month and day of a `Child.born`. Raises ValueError for what is no day, month or year."""
    if not text:
        return None, None, None
    found = _BORN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no birthday: give a year, such as 2019, or 2019-05-17")
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None, "the pattern asks for it"
    try:
        date(year, month or 1, day or 1)
    except ValueError as error:
        raise ValueError(f"there is no such day as {text}") from error
    return year, month, day


def birthday_problem(child: Child, today: date) -> str:
    """What is wrong with a child's birthday, in one line; "" where nothing is."""
    if child.birth_year is None:
        return ""
    oldest = today.year - OLDEST_CHILD
    first = date(child.birth_year, child.birth_month or 1, child.birth_day or 1)
    if oldest <= child.birth_year and first <= today:
        return ""
    return f"please give a birthday from {oldest} to today"
