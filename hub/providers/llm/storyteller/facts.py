"""Finds the fact that a child asks for, by what the words mean and not by their order.

A question is taken as the stems of its words, so that "how far away's that moon thing" and "is the moon far" are one
question. A fact needs a word of each of its groups; the more groups, the closer it fits.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

import snowballstemmer

from hub.providers.llm.storyteller.script import Fact

ASKS = re.compile(
    r"\b(?:what|whats|whys?|hows?|who|whos|where|wheres|when|which|tell me|explain|wonder|know)\b"
    r"|^(?:is|are|do|does|did|can|could|will|was|were|has|have)\b"
)
MIN_COVERED = 0.5
"""Of the words that say something: a question with more besides is likely another one. Chosen by hand, not measured."""

_stemmer = snowballstemmer.stemmer("english")


@cache
def stem(word: str) -> str:
    return str(_stemmer.stemWord(word))


def stems(text: str) -> frozenset[str]:
    return frozenset(map(stem, text.split()))


def asks(heard: str) -> bool:
    """Whether `heard`, `plain`, is a question or a wish to be told something."""
    return bool(ASKS.search(heard))


class Facts:
    def __init__(self, facts: Iterable[Fact], empty_words: str) -> None:
        self._empty = frozenset(empty_words.split())
        self._facts = [
            (fact, [stems(group) for group in fact.needs], stems(fact.unless)) for fact in facts
        ]

    def about(self, heard: str) -> Fact | None:
        """The fact that fits the question best; None where none does, or nothing is asked."""
        if not asks(heard):
            return None
        said = stems(heard)
        meant = frozenset(stem(word) for word in heard.split() if word not in self._empty)
        found: tuple[float, Fact] | None = None
        for fact, needs, unless in self._facts:
            if unless & said or not all(group & said for group in needs):
                continue
            closeness = len(needs) + _covered(meant, needs)
            if _covered(meant, needs) >= MIN_COVERED and (found is None or closeness > found[0]):
                found = (closeness, fact)
        return found[1] if found else None

    def naming(self, word: str) -> Sequence[Fact]:
        """Those that are about `word` in the first place."""
        return [fact for fact, needs, _ in self._facts if stem(word) in needs[0]]


def _covered(meant: frozenset[str], needs: Sequence[frozenset[str]]) -> float:
    """The share of what is meant that the fact speaks of, 0 to 1."""
    return len(meant & frozenset().union(*needs)) / len(meant) if meant else 0.0
