"""Recognises what a toy answers by reviewed lines, whatever model runs: questions about itself, and goodbyes.

`HonestyBook.asked(text)` names the question; its answers are reviewed lines in `data/phrases/`.
"""

from collections.abc import Mapping
from functools import cache

from pydantic import BaseModel

from hub.safety.data_files import read_toml, reading
from hub.safety.lines import HonestQuestion
from hub.safety.rules.rulebook import Pattern, alternatives, is_spared
from hub.safety.text.normalise import readings

MAX_WORDS = 24
"""In a longer text the question is one thing among many, and a fixed answer would miss the rest."""


class _Question(BaseModel):
    asked: Pattern
    unless: Pattern

    def found_in(self, reading: str) -> bool:
        return any(not is_spared(found, self.unless) for found in self.asked.finditer(reading))


class HonestyBook:
    def __init__(self, questions: Mapping[HonestQuestion, _Question]) -> None:
        self._questions = questions

    @classmethod
    @cache
    def load(cls) -> "HonestyBook":
        """Raises DataError where `data/honest.toml` is damaged."""
        data = read_toml("honest.toml")
        with reading("honest.toml"):
            lists = {name: alternatives(words) for name, words in data["words"].items()}
            return cls(
                {one: _Question.model_validate(data[one], context=lists) for one in HonestQuestion}
            )

    def asked(self, text: str) -> HonestQuestion | None:
        """Which of them `text` asks; None where it asks none."""
        reading = readings(text)[0]
        if len(reading.split()) > MAX_WORDS:
            return None
        for question, pattern in self._questions.items():
            if pattern.found_in(reading):
                return question
        return None
