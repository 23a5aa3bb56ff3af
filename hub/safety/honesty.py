"""Recognises what a toy answers by reviewed lines, whatever model runs: questions about itself, and goodbyes.

`HonestyBook.asked(text)` names the question; its answers are reviewed lines in `data/phrases/`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hub.safety.data_files import read_toml, reading
from hub.safety.lines import HonestQuestion
from hub.safety.rules.rulebook import alternatives, compile_patterns, is_spared
from hub.safety.text.normalise import readings

MAX_WORDS = 24
"""In a longer text the question is one thing among many, and a fixed answer would miss the rest."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    asked: re.Pattern[str]
    unless: re.Pattern[str]

    def found_in(self, reading: str) -> bool:
        return any(not is_spared(found, self.unless) for found in self.asked.finditer(reading))


class HonestyBook:
    def __init__(self, patterns: Mapping[HonestQuestion, _Pattern]) -> None:
        self._patterns = dict(patterns)

    @classmethod
    def load(cls) -> "HonestyBook":
        """Raises DataError where `data/honest.toml` is damaged."""
        data = read_toml("honest.toml")
        with reading("honest.toml"):
            lists = {name: alternatives(words) for name, words in data["words"].items()}
            return cls(
                {
                    question: _Pattern(
                        compile_patterns(data[question]["asked"], lists),
                        compile_patterns(data[question]["unless"], lists),
                    )
                    for question in HonestQuestion
                }
            )

    def asked(self, text: str) -> HonestQuestion | None:
        """Which of them `text` asks; None where it asks none."""
        reading = readings(text)[0]
        if len(reading.split()) > MAX_WORDS:
            return None
        for question, pattern in self._patterns.items():
            if pattern.found_in(reading):
                return question
        return None
