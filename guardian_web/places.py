"""Countries and time zones to choose from, as the IANA's time zone data names them, and helplines there."""

from functools import lru_cache
from importlib import resources
from zoneinfo import available_timezones

from hub.domain.safety import DISCLOSURES
from hub.safety.helplines import Helpline, Helplines


def read_places() -> None:
    """At start and in a thread: all of it is read from the disk once."""
    countries()
    time_zones()
    _all_helplines()


@lru_cache(maxsize=1)
def countries() -> tuple[tuple[str, str], ...]:
    """(ISO 3166 code, name), by name."""
    table = (resources.files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return tuple(sorted(((row[0], row[1]) for row in rows), key=lambda row: row[1]))


@lru_cache(maxsize=1)
def time_zones() -> tuple[str, ...]:
    """By name, those of places."""
    return tuple(sorted(zone for zone in available_timezones() if _of_a_place(zone)))


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
