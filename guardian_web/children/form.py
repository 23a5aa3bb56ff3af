"""A child's profile as a parent types it: read from a form, checked, and shown again as it was."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date

from hub.domain.family.children import PROFILE, Child, birthday_problem, read_born
from hub.domain.limits import MAX_NAME_CHARS, MAX_PROFILE_CHARS, MAX_PRONOUNS_CHARS
from hub.domain.safety import SafetyLevel
from hub.domain.words import MONTHS
from hub.translation import capital
from hub.translation import gettext as _

LEVELS = ("", *SafetyLevel)
MONTH_NAMES = {str(number): word for number, word in enumerate(MONTHS, 1)}


@dataclass(frozen=True, slots=True)
class ChildForm:
    """All as text."""

    name: str = ""
    year: str = ""
    month: str = ""
    day: str = ""
    pronouns: str = ""
    likes: str = ""
    avoid: str = ""
    gentle: str = ""
    languages: str = ""
    level: str = ""

    @classmethod
    def of(cls, child: Child) -> "ChildForm":
        year, month, day = child.birth_year, child.birth_month, child.birth_day
        birthday = str(year or ""), str(month or ""), str(day or "")
        told = [*(getattr(child, name) for name in PROFILE), child.safety_level or ""]
        return cls(child.name, *birthday, child.pronouns, *told)

    @classmethod
    def read(cls, form: Mapping[str, object]) -> "ChildForm":
        return cls(*(" ".join(str(form.get(each.name, "")).split()) for each in fields(cls)))

    def problems(self, today: date) -> dict[str, str]:
        """What must be changed before it can be saved: field to one line."""
        found = {
            "name": _length(self.name, MAX_NAME_CHARS)
            or ("" if self.name else _("Please give your child's name.")),
            "year": self._birthday_problem(today),
            "pronouns": _length(self.pronouns, MAX_PRONOUNS_CHARS),
            **{name: _length(getattr(self, name), MAX_PROFILE_CHARS) for name in PROFILE},
            "level": _("Please choose one of these.") if self.level not in LEVELS else "",
        }
        return {name: problem for name, problem in found.items() if problem}

    def apply(self, child: Child) -> Child:
        """`child` with this profile; only once there are no problems."""
        year, month, day = read_born(self._born())
        return replace(
            child,
            name=self.name,
            birth_year=year,
            birth_month=month,
            birth_day=day,
            pronouns=self.pronouns,
            likes=self.likes,
            avoid=self.avoid,
            gentle=self.gentle,
            languages=self.languages,
            safety_level=SafetyLevel(self.level) if self.level else None,
        )

    def _born(self) -> str:
        """As `Child.born`, whatever was typed."""
        return "-".join(part.zfill(2) for part in (self.year, self.month, self.day) if part)

    def _birthday_problem(self, today: date) -> str:
        if (self.month or self.day) and not self.year:
            return _("Please give the year, too.")
        if self.day and not self.month:
            return _("Please give the month, too.")
        if self.year and not re.fullmatch(r"[0-9]{4}", self.year):
            return _("Please give the year in four digits, such as %(year)s.", year=today.year - 6)
        try:
            problem = birthday_problem(self.apply(Child("", self.name)), today)
        except ValueError:
            return _("There is no such day. Please look again.")
        return f"{capital(problem)}." if problem else ""


def _length(text: str, most: int) -> str:
    return (
        _("That is too long: at most %(most)s characters fit.", most=most)
        if len(text) > most
        else ""
    )
