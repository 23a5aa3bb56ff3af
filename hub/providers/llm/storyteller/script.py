"""Loads what the storyteller can say from the TOML files beside it, and checks its form."""

import re
import tomllib
from collections.abc import Mapping
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


class Fact(_Part):
    """Something true that children ask for; see `facts.toml`."""

    needs: tuple[str, ...]
    """Groups of words between spaces; one of each group is said."""
    say: str
    unless: str = ""
    more: str = ""


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
    means: Mapping[str, str]
    """A word that is none of them, and the one that stands for it in a story."""

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


class HiddenAnimal(_Part):
    """One that the toy thinks of, and the child guesses."""

    name: str
    accept: tuple[str, ...] = ()
    clue: str
    """Of no other one: it tells which animal is guessed at."""
    yes: str
    """Words for what is true of it, between spaces."""


class Talk(_Part):
    """The lines that skills built in code speak through."""

    riddle_intro: tuple[str, ...]
    riddle_right: tuple[str, ...]
    riddle_answer: tuple[str, ...]
    riddle_hint: tuple[str, ...]
    """After the first wrong guess; with {letter}, which the answer begins with."""
    riddle_guess: tuple[str, ...]
    story_intro: tuple[str, ...]
    story_unknown: tuple[str, ...]
    story_end: tuple[str, ...]
    """After some: an adventure is offered, in words that `hub.activities.playing` takes a "yes" to."""
    story_about: tuple[str, ...]
    """What the story was about, with its parts."""
    story_after: tuple[str, ...]
    """What came next, with its parts."""
    animal_game: tuple[str, ...]
    animal_yes: tuple[str, ...]
    animal_no: tuple[str, ...]
    animal_unsure: tuple[str, ...]
    animal_wrong: tuple[str, ...]
    animal_right: tuple[str, ...]
    animal_told: tuple[str, ...]
    repeat: tuple[str, ...]
    """Before what was just said, for who did not hear it."""
    change: tuple[str, ...]
    """Something else is wanted."""
    no_more: tuple[str, ...]
    """ "Why?", where it knows no more."""
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
    called: tuple[str, ...]
    """With {name}, which the child gave, and {thing}, which it is of."""
    quiet: tuple[str, ...]
    """To a "yes" after a child wanted quiet."""
    recalled: tuple[str, ...]
    """With {memory}, something that is remembered of the child."""
    agreed: tuple[str, ...]
    spell: tuple[str, ...]
    name_known: tuple[str, ...]
    name_unknown: tuple[str, ...]
    again: tuple[str, ...]
    """Before the only thing that there is to say, when it was just said."""
    unclear: tuple[str, ...]
    unknown: tuple[str, ...]
    """To a question that it has no answer to."""
    fallback: tuple[str, ...]
    calm: tuple[str, ...]
    """Instead of games and jokes, for some turns after something serious."""


class Manner(_Part):
    """How one kind of toy talks; see `manners.toml`."""

    name: str
    calls: str
    """Words between spaces: the more of them a persona has, the better it fits."""
    aside: tuple[str, ...]
    talk: dict[str, tuple[str, ...]]
    """Fields of `Talk` …"""
    topics: dict[str, tuple[str, ...]]
    """… and names of topics, with what is mostly said in their place."""


class OwnLines(_Part):
    """Lines with {interest}, something that the toy likes."""

    interest: tuple[str, ...]
    favourite: tuple[str, ...]


class Script(_Part):
    talk: Talk
    manners: tuple[Manner, ...]
    character: OwnLines
    first: tuple[Topic, ...]
    """Topics that go before everything: honesty, comfort, privacy, goodbye."""
    topics: tuple[Topic, ...]
    facts: tuple[Fact, ...]
    empty_words: str
    """Between spaces: what a question may have besides, and still ask for the same."""
    hidden: tuple[HiddenAnimal, ...]
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
    return Script.model_validate(texts_of(__package__))


def texts_of(package: str) -> dict[str, Any]:
    """What stands in all TOML files of that package."""
    texts: dict[str, Any] = {}
    for file in resources.files(package).iterdir():
        if file.name.endswith(".toml"):
            texts |= tomllib.loads(file.read_text("utf-8"))
    return texts
