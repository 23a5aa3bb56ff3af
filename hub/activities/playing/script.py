"""Loads what is told and understood in these games from the TOML files beside it, and checks its form."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from hub.activities.words import plain_words

Pattern = Annotated[re.Pattern[str], BeforeValidator(re.compile)]
"""A regular expression over words as `plain_words` writes them."""

# fmt: off
Meaning = Literal[
    "story", "pretend", "go_on", "new", "stop", "else", "again", "other", "why", "then", "any", "yes", "no",
    "quiz", "skip", "first", "second", "third", "last", "elsewhere",
]
# fmt: on
"""What a child's words may mean to a game, whatever is told in it."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Way(_Part):
    """One of the ways in which it can go on."""

    offer: str
    """As it stands in the question."""
    words: str
    """What a child may say for it, between spaces."""
    say: str
    """How it goes on then."""
    finds: str = ""
    meets: str = ""
    needs: str = ""
    """Something found before: without it this way isn't offered."""


class Step(_Part):
    """What happens, and what to do about it."""

    name: str = ""
    say: str
    ask: str = "Shall they"
    ways: tuple[Way, ...]
    otherwise: tuple[str, ...] = ()
    """How it goes on with what fits no way; without it a child is asked again."""


class Opening(_Part):
    """How a part of a story begins, and how it ends after some episodes."""

    name: str
    say: str
    goal: str
    ending: str


class Plot(_Part):
    """Let's pretend: two roles, and steps in their order."""

    name: str
    called: str
    words: str
    thing: str
    begin: str
    end: str
    steps: tuple[Step, ...]


class Question(_Part):
    level: int
    ask: str
    answer: str
    accept: str = ""
    hint: str
    more: str


class Sayings(_Part):
    """What stands around it, by occasion."""

    begin_story: tuple[str, ...]
    resume: tuple[str, ...]
    onward: tuple[str, ...]
    carry: tuple[str, ...]
    chapter_end: tuple[str, ...]
    next_part: tuple[str, ...]
    kept: tuple[str, ...]
    ended: tuple[str, ...]
    change: tuple[str, ...]
    repeat: tuple[str, ...]
    again_offer: tuple[str, ...]
    choose: tuple[str, ...]
    instead: tuple[str, ...]
    why: tuple[str, ...]
    pretend_ask: tuple[str, ...]
    pretend_end: tuple[str, ...]
    pretend_again: tuple[str, ...]
    quiz_begin: tuple[str, ...]
    quiz_right: tuple[str, ...]
    quiz_wrong: tuple[str, ...]
    quiz_hint: tuple[str, ...]
    quiz_told: tuple[str, ...]
    quiz_next: tuple[str, ...]
    quiz_round: tuple[str, ...]
    quiz_played: tuple[str, ...]
    quiz_why: tuple[str, ...]


class Script(_Part):
    when: Mapping[Meaning, tuple[Pattern, ...]]
    say: Sayings
    names: tuple[str, ...]
    heroes: tuple[str, ...]
    friends: tuple[str, ...]
    others: tuple[str, ...]
    places: tuple[str, ...]
    helped: tuple[str, ...]
    used: tuple[str, ...]
    openings: tuple[Opening, ...]
    episodes: tuple[Step, ...]
    plots: tuple[Plot, ...]
    questions: tuple[Question, ...]
    spell: Mapping[int, tuple[str, ...]]
    """Words by level."""

    def means(self, meaning: Meaning, heard: str) -> bool:
        return any(pattern.search(heard) for pattern in self.when[meaning])

    def opening(self, name: str) -> Opening:
        return next(each for each in self.openings if each.name == name)

    def plot(self, name: str) -> Plot | None:
        return next((each for each in self.plots if each.name == name), None)


def load() -> Script:
    values: dict[str, Any] = {}
    for file in resources.files(__package__).iterdir():
        if file.name.endswith(".toml"):
            values |= tomllib.loads(file.read_text("utf-8"))
    return Script.model_validate(values)


def way_said(heard: str, ways: Sequence[Way]) -> Way | None:
    """The way that `heard` names, or of whose words most are in it; None where none is, or two have as many."""
    if named := [way.offer for way in ways if plain_words(way.offer) in heard]:
        return next(way for way in ways if way.offer == max(named, key=len))
    said = frozenset(heard.split())
    most = sorted(ways, key=lambda way: -len(said & {*way.words.split()}))
    first, second = (len(said & {*way.words.split()}) for way in (*most, *most)[:2])
    return most[0] if first and (first > second or len(most) == 1) else None
