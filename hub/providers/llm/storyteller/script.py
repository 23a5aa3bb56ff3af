"""Loads what the storyteller can say from the TOML files beside it, and checks its form."""

import re
import tomllib
from functools import cached_property
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _compiled(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words.replace('.*', '(?:.* )?')})\b")


Pattern = Annotated[re.Pattern[str], BeforeValidator(_compiled)]
"""A regular expression over `plain` words, e.g. "(?:why|how) .*sky"; `.*` stands for whole words."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Topic(_Part):
    """When the child says one of `when`, the toy says one of `say`."""

    name: str
    when: tuple[Pattern, ...]
    say: tuple[str, ...]


StoryPart = Literal["hero", "name", "trait", "friend", "thing", "place"]


class Story(_Part):
    """Sentences with {hero}, {name}, {trait}, {friend}, {thing} and {place}, and a last one of its own."""

    lines: tuple[str, ...]
    ending: str


class Words(_Part):
    """Words of a child's world, the only ones that are taken over from what a child says."""

    characters: frozenset[str]
    things: frozenset[str]
    places: frozenset[str]
    traits: frozenset[str]

    @cached_property
    def nouns(self) -> frozenset[str]:
        return self.characters | self.things | self.places


class Riddle(_Part):
    ask: str
    answer: str
    accept: tuple[str, ...] = ()
    """Other words that count as the answer."""


class Animal(_Part):
    names: tuple[str, ...]
    sound: str


class Talk(_Part):
    """The lines that skills built in code speak through."""

    riddle_intro: tuple[str, ...]
    riddle_right: tuple[str, ...]
    riddle_answer: tuple[str, ...]
    riddle_guess: tuple[str, ...]
    story_intro: tuple[str, ...]
    story_unknown: tuple[str, ...]
    joke_intro: tuple[str, ...]
    rhyme_intro: tuple[str, ...]
    animal_sound: tuple[str, ...]
    sum_answer: tuple[str, ...]
    sum_hard: tuple[str, ...]
    count: tuple[str, ...]
    count_down: tuple[str, ...]
    day_after: tuple[str, ...]
    day_before: tuple[str, ...]
    named: tuple[str, ...]
    mentioned: tuple[str, ...]
    likes: tuple[str, ...]
    recalled: tuple[str, ...]
    """With {memory}, something that is remembered of the child."""
    agreed: tuple[str, ...]
    spell: tuple[str, ...]
    name_known: tuple[str, ...]
    name_unknown: tuple[str, ...]
    again: tuple[str, ...]
    """Before the only thing that there is to say, when it was just said."""
    unclear: tuple[str, ...]
    fallback: tuple[str, ...]
    calm: tuple[str, ...]
    """Instead of games and jokes, for some turns after something serious."""


class Script(_Part):
    talk: Talk
    first: tuple[Topic, ...]
    """Topics that go before everything: honesty, comfort, privacy, goodbye."""
    topics: tuple[Topic, ...]
    stories: tuple[Story, ...]
    fillers: dict[StoryPart, tuple[str, ...]]
    """What plays a part in a story where the child named nothing."""
    words: Words
    riddles: tuple[Riddle, ...]
    jokes: tuple[str, ...]
    rhymes: tuple[str, ...]
    animals: tuple[Animal, ...]

    @cached_property
    def sounds(self) -> dict[str, str]:
        """An animal's name to its sound."""
        return {name: animal.sound for animal in self.animals for name in animal.names}


def load() -> Script:
    """Reads and checks every file; takes some milliseconds, so call it once and off the event loop."""
    values: dict[str, Any] = {}
    for file in resources.files(__package__).iterdir():
        if file.name.endswith(".toml"):
            values |= tomllib.loads(file.read_text("utf-8"))
    return Script.model_validate(values)
