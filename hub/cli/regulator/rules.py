"""The lines that rules and critics ask for, with what Pommai does about each, as `rules.toml` has them."""

import tomllib
from collections.abc import Sequence
from enum import StrEnum
from importlib.resources import files
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Status(StrEnum):
    DONE = "done"
    PARTLY = "partly"
    NOT_DONE = "not done"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Part):
    asks: Annotated[str, Field(min_length=1)]
    laws: Annotated[tuple[str, ...], Field(min_length=1)]
    """Keys of `Rules.laws`."""
    checked: bool
    """False: not yet compared with the rule's own text."""
    status: Status
    does: str
    lacks: str
    tests: tuple[str, ...]
    """As pytest takes them: file::function."""

    @model_validator(mode="after")
    def _is_an_answer(self) -> Self:
        if self.status is not Status.NOT_DONE and not (self.does and self.tests):
            raise ValueError(f"{self.asks}: say what is done, and which tests show it")
        if self.status is not Status.DONE and not self.lacks:
            raise ValueError(f"{self.asks}: say what is missing")
        return self


class Rules(_Part):
    laws: dict[str, str]
    rule: tuple[Rule, ...]

    @classmethod
    def load(cls) -> Self:
        text = files("hub.cli.regulator").joinpath("rules.toml").read_text("utf-8")
        return cls.model_validate(tomllib.loads(text))

    def named(self, rule: Rule) -> Sequence[str]:
        """Which laws a rule comes from, in full."""
        return [self.laws[law] for law in rule.laws]

    def count(self, status: Status) -> int:
        return sum(rule.status is status for rule in self.rule)
