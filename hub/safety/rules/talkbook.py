"""Reads `data/talk.toml`: the signs that tell of a talk, and of one that goes on after a refusal."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from hub.domain.safety import AlertLevel, Category, Direction
from hub.safety.data_files import read_text, reading
from hub.safety.rules.rulebook import compile_patterns
from hub.safety.rules.rules import stem_words

_LISTS = {"digit": "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double)"}
Pattern = Annotated[re.Pattern[str], BeforeValidator(lambda p: compile_patterns(p, _LISTS))]


class Sign(BaseModel):
    """One thing that may stand in a line; harmless alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    direction: Direction = Field(Direction.CHILD, alias="who")
    category: Category
    points: float
    pattern: Pattern = Field(alias="patterns")


def _at_the_end(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{'|'.join(words)})$")


class TalkBook(BaseModel):
    """The whole file. The numbers are as it says."""

    model_config = ConfigDict(frozen=True)

    version: str
    limit: float
    before_weight: float
    before_decay: float
    warned_points: float
    sign_weight: float
    sign_decay: float
    warns: Pattern
    insists: Pattern
    asks_again: Pattern
    lets_go: Pattern
    moves_on: Pattern
    refers_back: Pattern
    continuing: Annotated[frozenset[str], BeforeValidator(stem_words)]
    """Words that name no subject of their own: "the first step", "a hint"."""
    tells_more: Pattern
    """Of an emergency that was told of in the line before."""
    alerts: Mapping[Category, AlertLevel]
    """What a parent is told of a talk that drifted there; others see it in the transcript."""
    ends: Annotated[re.Pattern[str], BeforeValidator(_at_the_end)] = Field(alias="unfinished")
    common: Annotated[frozenset[str], BeforeValidator(stem_words)]
    signs: tuple[Sign, ...] = Field(alias="sign")

    @classmethod
    def load(cls) -> "TalkBook":
        """The one that ships with us. Raises DataError where it is damaged."""
        return cls.parse(read_text("talk.toml"))

    @classmethod
    def parse(cls, text: str) -> "TalkBook":
        """From TOML. Raises DataError."""
        with reading("talk.toml"):
            return cls.model_validate(tomllib.loads(text))

    def signs_for(self, direction: Direction) -> Sequence[Sign]:
        return [sign for sign in self.signs if sign.direction is direction]

    def unfinished(self, reading: str) -> bool:
        """Whether a line breaks off in the middle of a sentence."""
        return self.ends.search(reading) is not None

    def is_new_subject(self, reading: str) -> bool:
        """Whether a line that asks for something names what, and nothing that was spoken of."""
        if self.refers_back.search(reading):
            return False
        names = self.telling(reading.split()) - self.continuing
        return bool(names) or self.moves_on.search(reading) is not None

    def telling(self, words: Iterable[str]) -> frozenset[str]:
        """The stems of words that a talk is about, without those that are in every talk."""
        return stem_words(" ".join(words)) - self.common
