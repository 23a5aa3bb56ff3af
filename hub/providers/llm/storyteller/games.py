"""Games that go over several turns: riddles with a hint, and an animal to guess.

How far a game is stands in what the toy said, as all that the storyteller knows of a talk: a riddle is open while its
question was asked last, an animal while its clue was told a moment ago.
"""

import re
from collections.abc import Sequence
from typing import Final

from hub.providers.llm.storyteller.conversation import Conversation, plain
from hub.providers.llm.storyteller.facts import stems
from hub.providers.llm.storyteller.script import HiddenAnimal, Riddle, Script

GIVES_UP = re.compile(
    r"^(?:(?:(?:i|we) )?(?:dont|do not) know.*|(?:i have )?no idea|(?:i )?give up|(?:please )?tell me"
    r"|what|what is it|(?:(?:whats|what is|tell me) )?the answer)(?: please)?$"
)
WANTS_RIDDLE = re.compile(r"\b(riddles?|puzzles?|quiz|guessing game|brain teaser)\b")
WANTS_ANIMAL = re.compile(
    r"\b(?:guess(?:ing)? (?:an |the |what )?animals?|animal game|another animal|twenty questions"
    r"|(?:think|thinking) of an animal)\b"
)
CLUE_TURNS: Final = 4
"""How long ago a clue may have been told for its game to go on; until then it is told again."""
NAMES_ONE = re.compile(r"\b(?:an?|the) \w+$")
ASKS_OF_IT = re.compile(r"\b(?:is|does|can|has|was) it\b|^(?:its|it is|i think|maybe)\b")
ABOUT_ELSE = re.compile(
    r"^(?:(?!.*\bit\b)(?:how|why|who|when|where|what|tell)|i|we|im|were|my|look)\b(?! think\b)"
)
"""Neither a guess nor a question about what is guessed."""


class Games:
    def __init__(self, script: Script) -> None:
        self._script = script
        self._talk = script.talk
        self._known = frozenset().union(*(stems(animal.yes) for animal in script.hidden))

    def riddle(self, talk: Conversation) -> str | None:
        return self.ask_riddle(talk) if WANTS_RIDDLE.search(talk.heard) else None

    def ask_riddle(self, talk: Conversation) -> str:
        riddle = talk.choose(self._script.riddles, lambda r: r.ask)
        return f"{talk.line(self._talk.riddle_intro)} {riddle.ask}"

    def open_riddle(self, talk: Conversation) -> Riddle | None:
        """The riddle that the toy asked in its last turn."""
        return next((r for r in self._script.riddles if plain(r.ask) in talk.last_said), None)

    def riddle_solved(self, talk: Conversation) -> str | None:
        riddle = self.open_riddle(talk)
        if riddle is None:
            return None
        if _is_said((riddle.answer, *riddle.accept), talk):
            return talk.line(self._talk.riddle_right, answer=riddle.answer)
        if GIVES_UP.search(talk.heard):
            return talk.line(self._talk.riddle_answer, answer=riddle.answer)
        return None

    def riddle_guessed(self, talk: Conversation) -> str | None:
        """Whatever else is said after a riddle is taken for a guess: the first gets a hint, the second the answer."""
        riddle = self.open_riddle(talk)
        if riddle is None or ABOUT_ELSE.search(talk.heard):
            return None
        if len(talk.said) > 1 and plain(riddle.ask) in talk.said[-2]:
            return talk.line(self._talk.riddle_guess, answer=riddle.answer)
        letter = riddle.answer.split()[-1][0].upper()
        return talk.line(self._talk.riddle_hint, letter=letter, ask=riddle.ask)

    def animal(self, talk: Conversation) -> str | None:
        if not WANTS_ANIMAL.search(talk.heard):
            return None
        animal = talk.choose(self._script.hidden, lambda each: each.clue)
        return talk.line(self._talk.animal_game, clue=animal.clue)

    def animal_guessed(self, talk: Conversation) -> str | None:
        """A question or a guess about the animal that the toy thinks of."""
        animal = self._open_animal(talk)
        if animal is None:
            return None
        if _is_said((animal.name, *animal.accept), talk):
            return talk.line(self._talk.animal_right, name=animal.name)
        if GIVES_UP.search(talk.heard):
            return talk.line(self._talk.animal_told, name=animal.name)
        if ABOUT_ELSE.search(talk.heard):
            return None
        asked = stems(talk.heard) & self._known
        if asked:
            true = asked <= stems(animal.yes)
            answer = talk.line(self._talk.animal_yes if true else self._talk.animal_no)
            told_lately = any(plain(animal.clue) in turn for turn in talk.said[1 - CLUE_TURNS :])
            return answer if told_lately else f"{answer} {animal.clue}"
        if NAMES_ONE.search(talk.heard):
            return talk.line(self._talk.animal_wrong, clue=animal.clue)
        if ASKS_OF_IT.search(talk.heard):
            return talk.line(self._talk.animal_unsure, clue=animal.clue)
        return None

    def _open_animal(self, talk: Conversation) -> HiddenAnimal | None:
        for turn in reversed(talk.said[-CLUE_TURNS:]):
            for animal in self._script.hidden:
                if plain(animal.clue) in turn:
                    return animal
            if any(f"{plain(animal.name)} " in f"{turn} " for animal in self._script.hidden):
                return None  # it was found, or told
        return None


def _is_said(names: Sequence[str], talk: Conversation) -> bool:
    """Whether the child said one of `names`, with or without its article."""
    guess = f" {talk.heard} "
    bare = [re.sub(r"^(?:an?|the|your) ", "", plain(name)) for name in names]
    return any(f" {name} " in guess or f" {name}s " in guess for name in bare)
