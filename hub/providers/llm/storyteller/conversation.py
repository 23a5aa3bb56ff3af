"""What the storyteller knows of a talk: the last words heard, what it said before, and names.

All of it comes from the request, none from memory, so that a restart or another hub makes no
difference. `choose` varies what is said: seeded by the talk, never a line that was said lately.
"""

import random
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hub.domain.play.limits import Pastime
from hub.domain.talks.notes import Excerpt, notes_in, to_child
from hub.providers.base import LlmRequest

HEARD_LIMIT = 500
"""Characters of a child's sentence that are looked at."""
SAID_LIMIT = 2000
"""The same for a turn of the toy's own, from its end: longer than its longest story."""

NAME_SAID = re.compile(r"\b(?:my name is|my names|im called|i am called|call me) ([a-z]{2,14})\b")
NOT_NAMES = {"a", "an", "and", "the", "not", "what", "when", "later", "maybe", "back", "it", "so"}

OFFERS: Mapping[Pastime, re.Pattern[str]] = {
    pastime: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for pastime, words in (
        (Pastime.STORY, "adventure"),
        (Pastime.TALE, "story|stories|tale"),
        (Pastime.PRETEND, "pretend"),
        (Pastime.QUIZ, "quiz"),
        (Pastime.RIDDLE, "riddles?"),
        (Pastime.GUESSING, "guess|think of an animal"),
        (Pastime.JOKE, "jokes?"),
        (Pastime.RHYME, "songs?|rhymes?|sing"),
    )
}
"""By which a written line that asks something offers it."""

_CLAUSE_START = re.compile(r"^[a-z]|(?<=\. )[a-z]")

Option = TypeVar("Option")


def plain(text: str) -> str:
    """Small letters and digits with single spaces: "What's that?" is "whats that"."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return " ".join(re.sub(r"[^\w\s]|_", " ", re.sub(r"['’]", "", folded)).split())


@dataclass(frozen=True, slots=True)
class Conversation:
    heard: str
    """The child's last words, `plain`."""
    said: tuple[str, ...]
    """The toy's own turns, `plain`, the newest last."""
    spoken: str
    """The last of them as it was said; "" before the first."""
    toy: str
    child: str
    """"" where no name is known."""
    chance: random.Random
    calm: bool = False
    """Something serious was said a moment ago."""
    off: frozenset[Pastime] = frozenset()
    """What a parent doesn't want told or played now."""
    recalled: tuple[str, ...] = ()
    """What is remembered of the child and fits its words, as it is said to it; the best first."""

    passages: tuple[Excerpt, ...] = ()
    """What fits of the family's documents, the best first."""

    @classmethod
    def of(cls, request: LlmRequest) -> "Conversation":
        notes = notes_in(request.messages)
        heard = [plain(m.text[:HEARD_LIMIT]) for m in request.messages if m.role == "user"]
        said = tuple(plain(m.text[-SAID_LIMIT:]) for m in request.messages if m.role == "assistant")
        spoken = [m.text[-SAID_LIMIT:] for m in request.messages if m.role == "assistant"]
        child = request.child_name
        for words in heard:
            if (told := NAME_SAID.search(words)) and told[1] not in NOT_NAMES:
                child = told[1].capitalize()
        talk = (request.conversation_id, request.toy_name, request.child_name, *heard, *said)
        return cls(
            heard=heard[-1] if heard else "",
            said=said,
            spoken=spoken[-1] if spoken else "",
            toy=request.toy_name or "your toy",
            child=child,
            chance=random.Random("\n".join(talk)),  # noqa: S311 - variety, not secrecy
            calm=request.calm,
            off=request.off,
            recalled=tuple(to_child(line, request.child_name) for line in notes.memories),
            passages=notes.passages,
        )

    @property
    def last_said(self) -> str:
        return self.said[-1] if self.said else ""

    def fill(self, line: str, **words: str) -> str:
        """`line` with its {words}; ", {child}" goes where no name is known."""
        if not self.child:
            line = re.sub(r",? \{child\}", "", line)
        for name, word in {"toy": self.toy, "child": self.child, **words}.items():
            line = line.replace("{" + name + "}", word)
        return with_articles(_CLAUSE_START.sub(lambda start: start[0].upper(), line))

    def line(self, options: Sequence[str], **words: str) -> str:
        """One of these lines, filled; one that stands there several times is the likelier.

        None that offers what a parent doesn't want, where there is another.
        """
        options = [line for line in options if not self._offers_what_is_off(line)] or options
        filled = {line: self.fill(line, **words) for line in options}
        return self.choose([filled[line] for line in options])

    def _offers_what_is_off(self, line: str) -> bool:
        return "?" in line and any(OFFERS[each].search(line) for each in self.off & OFFERS.keys())

    def choose(self, options: Sequence[Option], text: Callable[[Option], str] = str) -> Option:
        """One of `options`, whose `text` was not said lately where there is such a one."""
        for lately in (self.said, self.said[-1:]):
            said = {line: _was_said(line, lately) for line in {text(each) for each in options}}
            fresh = [option for option in options if not said[text(option)]]
            if fresh:
                return self.chance.choice(fresh)
        return self.chance.choice(options)


def _was_said(line: str, said: Sequence[str]) -> bool:
    words = plain(line)
    return any(words in earlier for earlier in said)


def with_articles(text: str) -> str:
    """ "a elephant" becomes "an elephant"; words that begin with the sound of "you" keep "a"."""
    return re.sub(r"\b([Aa]) (?=[aeio]|u(?!ni|se))", r"\1n ", text)


def sentences(line: str) -> list[str]:
    """Of what was written for a toy to say."""
    return re.split(r"(?<=[.!?]) ", line)
