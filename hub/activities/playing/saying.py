"""What all games have in common: what a child's words mean to them, and lines that vary."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hub.activities.playing.script import Meaning, Occasion, Script
from hub.domain.play.games import Game
from hub.providers.llm.storyteller.conversation import with_articles

_CLAUSE_START: Final = re.compile(r"^[a-z]|(?<=[.!?] )[a-z]")


@dataclass(frozen=True, slots=True)
class Move:
    says: str
    game: Game
    begins: bool = False
    """What was not on before."""
    waits: bool = True
    """For an answer; else the game rests until it is asked for."""


class Saying:
    """That of one turn. `lately`: what the toy said in the last turns."""

    def __init__(self, script: Script, chance: random.Random, lately: str = "") -> None:
        self._script = script
        self._chance = chance
        self._lately = lately

    def _means(self, meaning: Meaning, heard: str) -> bool:
        return self._script.means(meaning, heard)

    def _say(self, occasion: Occasion, **words: str) -> str:
        """A line that wasn't said lately, where there is one."""
        lines = self._script.say[occasion]
        fresh = [line for line in lines if _longest_piece(line) not in self._lately]
        return filled(self._chance.choice(fresh or lines), words)

    def _repeated(self, said: Sequence[str]) -> str:
        """All that was said last, by sentence."""
        again = said[1:] if said and said[0] in self._script.say["repeat"] else said
        return " ".join((self._say("repeat"), *again))


def filled(line: str, words: Mapping[str, str], *, start: bool = True) -> str:
    """`line` with its {words}; a word that isn't given stays open."""
    for name, word in words.items():
        line = line.replace("{" + name + "}", word)
    line = with_articles(line)
    return _CLAUSE_START.sub(lambda found: found[0].upper(), line) if start else line


def _longest_piece(line: str) -> str:
    """Of those between its {words}."""
    return max(re.split(r"\{\w+\}", line), key=len)
