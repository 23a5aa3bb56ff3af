"""The words by which passages are found, and whether enough of a question stands in one.

    indexed("The goldfish ate a fly", "en")    ["goldfish", "fish", "eat", "fli", "pet", "bird" ...]
    question = Question.of("which fish ate a fly?", "en")
    question.fits(stems of a passage, often, 10_000, own=False)

Words that mean the same count as one ("granny" is "grandma", "ate" is "eat": `same_words.*.txt`), a passage also has
the kinds of what stands in it ("parrot" is a "bird": `kinds.*.txt`), and a compound has its last part, too. The lists
are English, with some German; words of other languages count by their stems alone.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, Self

from hub.knowledge.memories.wording import STEMMERS, WITHOUT_MEANING, plain, stem
from hub.safety.classifier.words import word_vectors

NAMING: Final = frozenset({"name", "named", "names", "say", "said", "says"})
"""They carry no meaning for a memory, but many questions are about them."""
VAGUE: Final = frozenset({"today", "tomorrow", "yesterday", "tonight", "many", "much", "until"})
"""What was kept has other days, and other numbers."""
WITHOUT: Final = WITHOUT_MEANING - NAMING | VAGUE
SPEAKERS: Final = frozenset(
    {"i", "im", "my", "mine", "we", "us", "lets", "you", "your", "youre"}
    | {"ich", "mein", "meine", "wir", "uns", "du", "dich", "dir", "dein", "deine"}
)
"""Who says one of these talks of itself or to the toy, and hardly asks about a book."""
MAX_QUESTION_WORDS: Final = 40
MIN_COMPOUND: Final = 7
MIN_PART: Final = 3
COMMON: Final = 0.2
"""A word that stands in more of the passages says as little as one of small talk."""
SMALL: Final = 0.5
"""What such a word weighs in a question; any other weighs 1."""


@dataclass(frozen=True, slots=True)
class _Lists:
    """Those of one language, as stems."""

    same: Mapping[str, str]
    kinds: Mapping[str, frozenset[str]]
    small: frozenset[str]
    asking: frozenset[str]
    """Who says one of these asks; this and the next are whole words."""
    asking_first: frozenset[str]
    """Who begins with one of these asks."""


@cache
def _lists(language: str) -> _Lists:
    kind = STEMMERS.get(language, "")
    same: dict[str, str] = {}
    for first, *others in _lines("same_words", language):
        head = stem(kind, first)
        for word in (first, *others):
            same.setdefault(stem(kind, word), same.get(head, head))

    def one(word: str) -> str:
        return same.get(stem(kind, word), stem(kind, word))

    kinds: dict[str, set[str]] = {}
    for first, *others in _lines("kinds", language):
        for word in others:
            kinds.setdefault(one(word), set()).add(one(first))
    return _Lists(
        same,
        {word: frozenset(each - {word}) for word, each in kinds.items()},
        frozenset(one(word) for line in _lines("small_talk", language) for word in line),
        *(frozenset(line) for line in [*_lines("asking", language), [], []][:2]),
    )


def read_lists() -> None:
    """Of every language, before a question needs them."""
    for language in STEMMERS:
        _lists(language)
    word_vectors()


def _lines(name: str, language: str) -> Iterator[list[str]]:
    file = resources.files(__package__) / f"{name}.{language}.txt"
    if file.is_file():
        yield from (line.split() for line in file.read_text("utf-8").splitlines())


@cache
def version() -> str:
    """Passages that were indexed by other lists are indexed anew."""
    lists = (resources.files(__package__) / f"{name}.en.txt" for name in ("same_words", "kinds"))
    return hashlib.sha256(b"".join(each.read_bytes() for each in lists)).hexdigest()[:8]


def _short(language: str) -> str:
    return language.partition("-")[0].lower()


def _stems(word: str, language: str) -> list[str]:
    """The word's own, and that of its last part where it is a compound."""
    kind, lists = STEMMERS.get(language), _lists(language)
    if kind is None:
        return [word]
    forms = [stem(kind, form) for form in (word, *_last_part(word, language))]
    return [lists.same.get(form, form) for form in forms]


def _last_part(word: str, language: str) -> Iterator[str]:
    """Such as "fish" of "goldfish", for parts that stand in the lists."""
    kind, lists = STEMMERS[language], _lists(language)
    for cut in range(MIN_PART, len(word) - MIN_PART + 1 if len(word) >= MIN_COMPOUND else 0):
        form = stem(kind, word[cut:])
        listed = form in lists.same or form in lists.kinds
        if listed and word_vectors().knows(word[:cut], stem(kind, word[:cut])):
            yield word[cut:]
            return


def indexed(text: str, language: str) -> list[str]:
    """What a passage is found by, as often as it stands there."""
    language = _short(language)
    found = []
    for word in plain(text):
        if word not in WITHOUT:
            found += _stems(word, language)
    kinds = _lists(language).kinds
    return [*found, *(kind for each in found for kind in sorted(kinds.get(each, ())))]


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody said, as passages are looked for by it."""

    words: tuple[frozenset[str], ...]
    """Each word's stems."""
    small: frozenset[str]
    asks: bool
    of_speakers: bool

    @classmethod
    def of(cls, said: str, language: str) -> Self:
        language = _short(language)
        lists, words = _lists(language), plain(said)
        asks = lists.asking & set(words) or lists.asking_first & set(words[:1])
        meant = list(dict.fromkeys(word for word in words if word not in WITHOUT))
        return cls(
            tuple(frozenset(_stems(word, language)) for word in meant[:MAX_QUESTION_WORDS]),
            lists.small,
            bool(asks) or not lists.asking,
            bool(SPEAKERS & set(words)),
        )

    @property
    def stems(self) -> frozenset[str]:
        return frozenset().union(*self.words)

    def fits(self, stems: Set[str], often: Mapping[str, int], passages: int, *, own: bool) -> bool:
        """Whether a passage with these stems may answer it.

        `often` says in how many of so many passages a stem stands. What a family wrote down itself (`own`) answers a
        question from one word on, and a book one that isn't small talk, or two that are. A line that asks nothing
        or is about who speaks, such as "good night", needs more.
        """
        shared = [each & stems for each in self.words]
        weight = sum(self._weight(each, often, passages) for each in shared if each)
        plainly = self.asks and not self.of_speakers
        if own:
            return weight >= (SMALL if plainly else 1)
        return weight >= (1 if plainly else 2)

    def share(self, stems: Set[str], often: Mapping[str, int]) -> float:
        """How much of it stands in a passage, 0 to 1: words that few passages have count most."""
        weights = {stem: 1 / math.log(2 + often.get(stem, 0)) for stem in self.stems}
        return sum(weights[stem] for stem in weights if stem in stems) / sum(weights.values())

    def _weight(self, shared: Set[str], often: Mapping[str, int], passages: int) -> float:
        if any(
            each not in self.small and often.get(each, 0) <= max(1, COMMON * passages)
            for each in shared
        ):
            return 1
        return SMALL if self.asks else 0
