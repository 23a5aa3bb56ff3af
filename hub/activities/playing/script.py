"""Loads what is told and understood in these games from the TOML files beside it, and checks its form."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator

from hub.activities.words import Written, plain_words
from hub.providers.llm.storyteller.script import texts_of

Pattern = Annotated[re.Pattern[str], BeforeValidator(re.compile)]
"""A regular expression over words as `plain_words` writes them."""

# fmt: off
Meaning = Literal[
    "story", "pretend", "go_on", "new", "stop", "else", "again", "other", "why", "then", "any", "yes", "no",
    "quiz", "skip", "first", "second", "third", "last", "elsewhere", "declines", "tells",
]
"""What a child's words may mean to a game, whatever is told in it."""
Occasion = Literal[
    "begin_story", "resume", "onward", "carry", "chapter_end", "next_part", "kept", "ended", "change", "repeat",
    "again_offer", "choose", "instead", "why", "pretend_ask", "pretend_end", "pretend_again",
    "quiz_begin", "quiz_right", "quiz_wrong", "quiz_hint", "quiz_told", "quiz_next", "quiz_round", "quiz_played",
    "quiz_why",
]
"""On which the toy says what stands around it."""
# fmt: on


class Way(Written):
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


class Step(Written):
    """What happens, and what to do about it."""

    name: str = ""
    say: str
    ask: str = "Shall they"
    ways: tuple[Way, ...]
    otherwise: tuple[str, ...] = ()
    """How it goes on with what fits no way; without it a child is asked again."""


class Opening(Written):
    """How a part of a story begins, and how it ends after some episodes."""

    name: str
    say: str
    goal: str
    ending: str


class Plot(Written):
    """Let's pretend: two roles, and steps in their order."""

    name: str
    called: str
    words: str
    thing: str
    begin: str
    end: str
    steps: tuple[Step, ...]


class Question(Written):
    level: int
    ask: str
    answer: str
    accept: str = ""
    hint: str
    more: str


class Script(Written):
    when: Mapping[Meaning, tuple[Pattern, ...]]
    say: Mapping[Occasion, tuple[str, ...]]
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

    def without(self, meaning: Meaning, heard: str) -> str:
        for pattern in self.when[meaning]:
            heard = pattern.sub("", heard)
        return " ".join(heard.split())

    def opening(self, name: str) -> Opening:
        return next(each for each in self.openings if each.name == name)

    def plot(self, name: str) -> Plot | None:
        return next((each for each in self.plots if each.name == name), None)


def load() -> Script:
    return Script.model_validate(texts_of(__package__))


def way_said(heard: str, ways: Sequence[Way]) -> Way | None:
    """The way that `heard` names, or of whose words most are in it; None where none is, or two have as many."""
    if named := [way.offer for way in ways if plain_words(way.offer) in heard]:
        return next(way for way in ways if way.offer == max(named, key=len))
    said = frozenset(heard.split())
    most = sorted(ways, key=lambda way: -len(said & {*way.words.split()}))
    first, second = (len(said & {*way.words.split()}) for way in (*most, *most)[:2])
    return most[0] if first and (first > second or len(most) == 1) else None
