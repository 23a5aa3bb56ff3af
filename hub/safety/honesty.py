"""Recognises the questions about itself that a toy must answer with the truth, whatever model runs.

`HonestyBook.asked(text)` names the question; its answers are reviewed lines in `data/phrases/`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from hub.errors import DataError
from hub.safety.lines import HonestQuestion
from hub.safety.normalise import readings
from hub.safety.rulebook import compile_patterns

LONGEST_WORDS = 24
"""In a longer text the question is one thing among many, and a fixed answer would miss the rest."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    asked: re.Pattern[str]
    unless: re.Pattern[str]

    def found_in(self, reading: str) -> bool:
        harmless = [other.span() for other in self.unless.finditer(reading)]
        return any(
            not any(start < found.end() and end > found.start() for start, end in harmless)
            for found in self.asked.finditer(reading)
        )


class HonestyBook:
    def __init__(self, patterns: Mapping[HonestQuestion, _Pattern]) -> None:
        self._patterns = dict(patterns)

    @classmethod
    def load(cls) -> "HonestyBook":
        """Raises DataError where `data/honest.toml` is damaged."""
        file = resources.files("hub.safety") / "data" / "honest.toml"
        try:
            data = tomllib.loads(file.read_text("utf-8"))
            return cls(
                {
                    question: _Pattern(
                        compile_patterns(data[question]["asked"], {}),
                        compile_patterns(data[question]["unless"], {}),
                    )
                    for question in HonestQuestion
                }
            )
        except (OSError, ValueError, KeyError, TypeError, re.error) as error:
            raise DataError(f"{file}: damaged ({error!r}); reinstall pommai") from error

    def asked(self, text: str) -> HonestQuestion | None:
        """Which of them `text` asks; None where it asks none."""
        reading = readings(text)[0]
        if len(reading.split()) > LONGEST_WORDS:
            return None
        for question, pattern in self._patterns.items():
            if pattern.found_in(reading):
                return question
        return None
