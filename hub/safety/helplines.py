"""Helplines by country, read from `data/helplines.toml`: shown to parents, and spoken to older children."""

import re
from functools import cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hub.domain.safety import DISCLOSURES, Category
from hub.safety.data_files import read_toml, reading

DIGITS = {
    "en": "zero one two three four five six seven eight nine",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf",
    "hi": "शून्य एक दो तीन चार पाँच छह सात आठ नौ",
    "ta": "பூஜ்யம் ஒன்று இரண்டு மூன்று நான்கு ஐந்து ஆறு ஏழு எட்டு ஒன்பது",
}
"""The names of the digits from 0 on, by language."""


class Helpline(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    country: str
    """ISO 3166-1 alpha-2."""
    name: str
    number: Annotated[str, Field(pattern=r"^\d[\d -]*\d$")]
    """As it is written, e.g. "0800 1111"."""
    about: frozenset[Category] = frozenset(DISCLOSURES)
    source: str

    def __str__(self) -> str:
        return f"{self.name}: {self.number}"

    def spoken(self, language: str) -> str:
        """The number digit by digit, a comma between its groups: "zero eight zero zero, one one …"."""
        names = DIGITS.get(language, DIGITS["en"]).split()
        groups = re.split(r"[ -]", self.number)
        return ", ".join(" ".join(names[int(digit)] for digit in group) for group in groups)


class Helplines(BaseModel):
    lines: tuple[Helpline, ...] = Field(alias="helpline")
    reviewed: str
    """Year and month."""

    @classmethod
    @cache
    def load(cls) -> "Helplines":
        """Those that ship with us. Raises DataError where the file is damaged."""
        data = read_toml("helplines.toml")
        with reading("helplines.toml"):
            return cls.model_validate(data)

    def find(self, country: str, category: Category) -> list[Helpline]:
        """Those for a child of that country with that trouble; often none."""
        return [
            line
            for line in self.lines
            if line.country == country.upper() and category in line.about
        ]
