"""The household's settings as a parent types them: read from a form, checked, shown again as they were.

Countries and time zones to choose from are those of the IANA's time zone data.
"""

import re
from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import time
from functools import lru_cache
from importlib import resources
from zoneinfo import available_timezones

from hub.core.alerts.alerts import Helpline, Helplines
from hub.domain.household import MAX_BREAK_AFTER_MINUTES, Household
from hub.domain.limits import MAX_CAP_CENTS
from hub.domain.safety import DISCLOSURES, Category
from hub.translation import gettext as _


def read_places() -> None:
    """At start and in a thread: all of it is read from the disk once."""
    countries()
    time_zones()
    _all_helplines()


def _lines(file: str) -> list[str]:
    """Of the IANA's time zone data."""
    return (resources.files("tzdata") / "zoneinfo" / file).read_text(encoding="utf-8").splitlines()


def _table(file: str) -> list[list[str]]:
    return [line.split("\t") for line in _lines(file) if not line.startswith("#")]


@lru_cache(maxsize=1)
def countries() -> tuple[tuple[str, str], ...]:
    """(ISO 3166 code, name), by name."""
    return tuple(
        sorted(((row[0], row[1]) for row in _table("iso3166.tab")), key=lambda row: row[1])
    )


@lru_cache(maxsize=1)
def time_zones() -> Mapping[str, str]:
    """By name, those of places, each with the code of its country; "" where it isn't one country's."""
    inhabited = {row[2]: row[0] for row in _table("zone.tab")}
    # A browser may know a place by its former name: "Asia/Calcutta".
    links = (line.split() for line in _lines("tzdata.zi") if line.startswith("L "))
    former = {name: inhabited.get(now, "") for _link, now, name in links}
    zones = sorted(zone for zone in available_timezones() if _of_a_place(zone))
    return {zone: inhabited.get(zone) or former.get(zone, "") for zone in zones}


def country_helplines(country: str, about: Category) -> list[Helpline]:
    """Those for a child with that trouble; often none."""
    return _all_helplines().find(country, about)


def helplines(country: str) -> list[Helpline]:
    """Those for a child who was hurt, or wants to hurt themselves; often none."""
    return [
        line
        for line in _all_helplines().lines
        if line.country == country and line.about & DISCLOSURES
    ]


@lru_cache(maxsize=1)
def _all_helplines() -> Helplines:
    return Helplines.load()


def _of_a_place(zone: str) -> bool:
    return "/" in zone and not zone.startswith(("Etc/", "SystemV/", "posix/", "right/", "US/"))


MONEY = re.compile(r"[0-9]{1,6}(\.[0-9]{1,2})?")
CLOCK_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class HouseholdForm:
    """All as text; "" where nothing is chosen."""

    country: str
    time_zone: str
    language: str
    quiet_from: str
    quiet_until: str
    break_after_minutes: str
    monthly_cap: str
    """US dollars, such as 7.50."""

    @classmethod
    def of(cls, household: Household) -> "HouseholdForm":
        def clock(moment: time | None) -> str:
            return "" if moment is None else moment.strftime("%H:%M")

        return cls(
            country=household.country,
            time_zone=household.time_zone,
            language=household.language,
            quiet_from=clock(household.quiet_from),
            quiet_until=clock(household.quiet_until),
            break_after_minutes=str(min(household.break_after_minutes, MAX_BREAK_AFTER_MINUTES)),
            monthly_cap=_dollars(household.monthly_cap_cents),
        )

    @classmethod
    def read(cls, form: Mapping[str, object], kept: Household) -> "HouseholdForm":
        """A page's form has some of the fields; the others stay as they are kept."""
        text = asdict(cls.of(kept)) | {
            each.name: str(form[each.name]).strip() for each in fields(cls) if each.name in form
        }
        for clock in ("quiet_from", "quiet_until"):
            text[clock] = text[clock][: len("21:30")]
        return cls(**text | {"monthly_cap": text["monthly_cap"].replace(",", ".")})

    def problems(self, languages: Container[str]) -> dict[str, str]:
        """What must be changed before it can be saved: field to one line. `languages` are those that there are."""
        found: dict[str, str] = {}
        if self.country and self.country not in dict(countries()):
            found["country"] = _("Please choose a country from the list.")
        if self.time_zone and self.time_zone not in time_zones():
            found["time_zone"] = _("Please choose a time zone from the list, such as Asia/Kolkata.")
        if self.language and self.language not in languages:
            found["language"] = _("Please choose a language from the list.")
        for name, text in (("quiet_from", self.quiet_from), ("quiet_until", self.quiet_until)):
            if text and not CLOCK_TIME.fullmatch(text):
                found[name] = _("Please give a time such as 21:30.")
        if bool(self.quiet_from) != bool(self.quiet_until):
            missing = "quiet_until" if self.quiet_from else "quiet_from"
            found[missing] = _("Do not disturb needs both a beginning and an end.")
        minutes = self.break_after_minutes
        if not re.fullmatch(r"[0-9]{1,4}", minutes) or int(minutes) > MAX_BREAK_AFTER_MINUTES:
            found["break_after_minutes"] = _(
                "Please give minutes, from 0 to %(most)s.",
                most=MAX_BREAK_AFTER_MINUTES,
            )
        if not MONEY.fullmatch(self.monthly_cap) or _cents(self.monthly_cap) > MAX_CAP_CENTS:
            found["monthly_cap"] = _(
                "Please give US dollars, from 0 (nothing) to %(most)s.",
                most=MAX_CAP_CENTS // 100,
            )
        return found

    def apply(self, household: Household) -> Household:
        """`household` with these settings; only once there are no problems."""
        return replace(
            household,
            country=self.country,
            time_zone=self.time_zone,
            language=self.language,
            quiet_from=time.fromisoformat(self.quiet_from) if self.quiet_from else None,
            quiet_until=time.fromisoformat(self.quiet_until) if self.quiet_until else None,
            break_after_minutes=int(self.break_after_minutes),
            monthly_cap_cents=_cents(self.monthly_cap),
        )


def _cents(dollars: str) -> int:
    whole, _, part = dollars.partition(".")
    return 100 * int(whole) + int(part.ljust(2, "0"))


def _dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}" if cents % 100 else str(cents // 100)
