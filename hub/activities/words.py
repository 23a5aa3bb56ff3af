"""A child's words in the plain form that the grammars of activities are written for, and those grammars' files."""

import random
import re
import tomllib
from collections.abc import Sequence
from importlib import resources
from typing import TypeVar

from pydantic import BaseModel, ConfigDict


class Written(BaseModel):
    """A part of a grammar's file: nothing stands in it that nobody reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Texts = TypeVar("Texts", bound=Written)
Option = TypeVar("Option")


def base_language(language: str) -> str:
    """en of en-GB."""
    return language.partition("-")[0].lower()


def plain_words(text: str) -> str:
    """In lower case and without signs, of which an apostrophe leaves no gap."""
    return " ".join(re.sub(r"[^\w\s]", " ", re.sub(r"['’`]", "", text.lower())).split())


def without(words: str, polite: tuple[str, ...]) -> str:
    """Plain `words` without what is only kind, at both ends."""
    while True:
        shorter = words
        for phrase in polite:
            if phrase:
                shorter = shorter.removeprefix(f"{phrase} ").removesuffix(f" {phrase}")
        if shorter == words:
            return words
        words = shorter


def one_of(options: Sequence[Option], seed: str) -> Option:
    return random.Random(seed).choice(options)  # noqa: S311 - variety, no secret


def languages(package: str, texts: type[Texts]) -> dict[str, Texts]:
    """Each language's file of an activity, by the name of the language: all `xx.toml` in its folder."""
    return {
        file.name.removesuffix(".toml"): texts.model_validate(
            tomllib.loads(file.read_text("utf-8"))
        )
        for file in resources.files(package).iterdir()
        if re.fullmatch(r"[a-z]{2,3}\.toml", file.name)
    }
