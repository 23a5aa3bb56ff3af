"""The words that disguises are read against: common ones, and the watched ones that a disguise would hide.

A damaged word is repaired only into a known one, so that play with words stays play. The data are
`data/lexicon.txt` and `data/disguises.toml`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from math import inf, log
from typing import TypeVar

from hub.safety.data_files import read_text, read_toml, reading

END = "."
"""Stands among words for the end of a sentence."""
_Key = TypeVar("_Key", str, int)
_VOWELS = re.compile(r"[aeiouy]+")
MIN_SKELETON = 3
"""So many consonants tell a word whose vowels were dropped."""
LONG_WORD = 6
"""Of so long a word some vowels may still stand."""
MAX_RUN_TOGETHER = 60
_LONGEST_WORD = 14
_SHORT_WORDS = frozenset({"a", "i", "an", "the", "my"})


@dataclass(frozen=True)
class Lexicon:
    """Common and watched words, and the ways back to a watched one."""

    costs: dict[str, float]
    """How rare a known word is, as the negative logarithm of its likely share."""
    watched: frozenset[str]
    objects: frozenset[str]
    """What may follow a watched verb that it was run together with: "killyou"."""
    spelled: Mapping[str, str]
    backwards: Mapping[str, str]
    skeletons: Mapping[str, tuple[str, ...]]
    by_length: Mapping[int, tuple[str, ...]]
    """Watched words."""

    @cached_property
    def _by_letters(self) -> Mapping[str, str]:
        """The commonest word of each `_letters_of`."""
        return {_letters_of(word): word for word in reversed(self.costs) if len(word) > 3}

    def knows(self, word: str) -> bool:
        return word in self.costs

    def best(self, candidates: Iterable[str]) -> str | None:
        """Of several spellings the first that is watched, or else the first that is known at all."""
        known = [word for word in candidates if word in self.costs or word in self.spelled]
        return next((word for word in known if self.is_watched(word)), known[0] if known else None)

    def is_watched(self, word: str) -> bool:
        return word in self.watched or word in self.spelled

    def without_vowels(self, word: str) -> str | None:
        """The watched word that `word` is with vowels left out: "kll", "myslf"."""
        bones = _bones(word)
        if len(bones) < MIN_SKELETON:
            return None
        for whole in self.skeletons.get(bones, ()):
            shorter = len(word) < len(whole) and (word == bones or len(whole) >= LONG_WORD)
            if shorter and whole[0] == word[0] and _is_within(word, whole):
                return whole
        return None

    def in_order(self, word: str) -> str | None:
        """The commonest word that `word` is with its inner letters in another order, or backwards."""
        if found := self._by_letters.get(_letters_of(word)):
            return found
        return word[::-1] if self.knows(word[::-1]) else None

    def split(self, letters: str) -> list[str] | None:
        """Everyday words that were run together, a watched one among them; None where there are none.

        A watched word in front must be followed by what it is done to ("killyou"), and a pair must be
        that or "a gun": else long words of other languages would be split.
        """
        words = self.likeliest(letters)
        if len(words) < 2 or not any(word in self.watched for word in words):
            return None
        if words[0] in self.watched:
            return words if words[1] in self.objects else None
        return words if len(words) > 2 or words[0] in _SHORT_WORDS else None

    def likeliest(self, letters: str) -> list[str]:
        """The cheapest row of known words that makes `letters`; [] where none does."""
        if len(letters) > MAX_RUN_TOGETHER:
            return []
        best: list[tuple[float, list[str]]] = [(0.0, [])]
        for end in range(1, len(letters) + 1):
            options = [
                (best[start][0] + self.costs[piece], [*best[start][1], piece])
                for start in range(max(0, end - _LONGEST_WORD), end)
                if (piece := letters[start:end]) in self.costs and (best[start][1] or not start)
            ]
            best.append(min(options, default=(inf, [])))
        return best[-1][1]


@cache
def lexicon() -> Lexicon:
    """The words that ship with us. Raises DataError where they are damaged."""
    data = read_toml("disguises.toml")
    lines = read_text("lexicon.txt").splitlines()
    with reading("disguises.toml"):
        watched: list[str] = data["watched"].split()
        objects: list[str] = data["objects"].split()
        spelled: dict[str, str] = {str(k): str(v) for k, v in data["spelled"].items()}
    common = [word for line in lines if not line.startswith("#") for word in line.split()]
    ranked = list(dict.fromkeys([*common, *watched]))
    share = log(len(ranked))
    return Lexicon(
        costs={word: log((rank + 1) * share) for rank, word in enumerate(ranked)},
        watched=frozenset(watched),
        objects=frozenset(objects),
        spelled=spelled,
        backwards=_backwards(watched, frozenset(common)),
        skeletons=_grouped((_bones(word), word) for word in watched),
        by_length=_grouped((len(word), word) for word in watched),
    )


def _bones(word: str) -> str:
    return _VOWELS.sub("", word)


def _letters_of(word: str) -> str:
    """The same for words that differ in the order of their inner letters alone."""
    return f"{word[0]}{''.join(sorted(word[1:-1]))}{word[-1]}"


def _backwards(watched: Iterable[str], common: frozenset[str]) -> dict[str, str]:
    """Watched words by what they are read backwards, where that is no word of its own."""
    turned = {word[::-1]: word for word in watched if len(word) > 2}
    return {back: word for back, word in turned.items() if back not in common}


def _grouped(pairs: Iterable[tuple[_Key, str]]) -> dict[_Key, tuple[str, ...]]:
    groups: dict[_Key, list[str]] = defaultdict(list)
    for key, word in pairs:
        groups[key].append(word)
    return {key: tuple(words) for key, words in groups.items()}


def _is_within(short: str, whole: str) -> bool:
    """Whether `whole` holds the letters of `short` in their order."""
    rest = iter(whole)
    return all(letter in rest for letter in short)
