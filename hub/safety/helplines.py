"""Helplines by country, read from `data/helplines.toml`: shown to parents, and spoken to older children."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from hub.domain.safety import DISCLOSURES, Category
from hub.errors import DataError

DIGITS = {
    "en": "zero one two three four five six seven eight nine",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf",
    "ta": "பூஜ்யம் ஒன்று இரண்டு மூன்று நான்கு ஐந்து ஆறு ஏழு எட்டு ஒன்பது",
}
"""The names of the digits from 0 on, by language."""
_NUMBER = re.compile(r"\d[\d -]*\d")
_KEYS = frozenset({"country", "name", "number", "about", "source"})


@dataclass(frozen=True, slots=True)
class Helpline:
    country: str
    """ISO 3166-1 alpha-2."""
    name: str
    number: str
    """As it is written, e.g. "0800 1111"."""
    about: frozenset[Category]
    source: str

    def __str__(self) -> str:
        return f"{self.name}: {self.number}"

    def spoken(self, language: str) -> str:
        """The number digit by digit, a comma between its groups: "zero eight zero zero, one one …"."""
        names = DIGITS.get(language, DIGITS["en"]).split()
        groups = re.split(r"[ -]", self.number)
        return ", ".join(" ".join(names[int(digit)] for digit in group) for group in groups)


class Helplines:
    def __init__(self, lines: Sequence[Helpline], reviewed: str) -> None:
        self.lines = tuple(lines)
        self.reviewed = reviewed
        """Year and month."""

    @classmethod
    def load(cls) -> "Helplines":
        """Those that ship with us. Raises DataError where the file is damaged."""
        file = resources.files("hub.safety") / "data" / "helplines.toml"
        try:
            data = tomllib.loads(file.read_text("utf-8"))
            return cls([_helpline(entry) for entry in data["helpline"]], str(data["reviewed"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{file}: damaged ({error!r}); reinstall pommai") from error

    def find(self, country: str, category: Category) -> list[Helpline]:
        """Those for a child of that country with that trouble; often none."""
        return [
            line
            for line in self.lines
            if line.country == country.upper() and category in line.about
        ]


def _helpline(entry: dict[str, Any]) -> Helpline:
    if unknown := entry.keys() - _KEYS:
        raise ValueError(f"unknown key {min(unknown)}")
    if not _NUMBER.fullmatch(entry["number"]):
        raise ValueError(f"{entry['number']!r} is no number")
    return Helpline(
        country=entry["country"],
        name=entry["name"],
        number=entry["number"],
        about=frozenset(Category(name) for name in entry.get("about", DISCLOSURES)),
        source=entry["source"],
    )
