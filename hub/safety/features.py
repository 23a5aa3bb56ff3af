"""Turns a plain reading into weighted, hashed features for the classifier.

Five groups, each of length one whatever the text's length: letters within words (2 to 5 in a row),
words (1 to 3 in a row, and pairs up to four apart), kinds of words in their order (who does what
to whom, from `data/word_classes.toml`), the same words and kinds once more by direction, and the
mean of what the words mean (from `data/words.npz`). All but the last are hashed.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib import resources
from math import sqrt
from zlib import crc32

import numpy as np
import snowballstemmer
from numpy.typing import NDArray

from hub.domain.safety import Direction
from hub.errors import DataError
from hub.safety.words import DIMENSIONS, word_vectors

BUCKETS = 1 << 16
WIDTH = BUCKETS + 2 * DIMENSIONS
"""How many numbers a feature may have: the buckets, then the meaning, then it by direction."""
MEANING_BY_DIRECTION = {Direction.CHILD: -0.5, Direction.TOY: 0.5}
GROUP_WEIGHTS = {"letters": 0.7, "words": 1.0, "kinds": 1.0, "direction": 0.7}
REVISION = 1
"""Raised when this module's code makes other features of the same text."""
MAX_WORDS = 120
"""Of a longer text the first and the last words are looked at."""
_STEM = snowballstemmer.stemmer("english").stemWord


@dataclass(frozen=True, slots=True)
class Features:
    """Numbers of features (below WIDTH) and their values, of one reading."""

    buckets: NDArray[np.int64]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WordClasses:
    """Which kinds of thing a stemmed word, or a pair of them, is about."""

    names: tuple[str, ...]
    by_stem: dict[str, tuple[str, ...]]
    by_pair: dict[tuple[str, str], tuple[str, ...]]


def word_class_source() -> str:
    """The text of the file of word classes. Raises DataError where it can't be read."""
    file = resources.files("hub.safety") / "data" / "word_classes.toml"
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: can't read it ({error}); reinstall pommai") from error


@cache
def feature_version() -> str:
    """Changes when the same text could give other features; weights fit only the features of theirs."""
    made_of = (
        *(BUCKETS, MAX_WORDS, GROUP_WEIGHTS, REVISION),
        *(word_class_source(), word_vectors().version),
    )
    return sha256(repr(made_of).encode()).hexdigest()[:12]


@cache
def word_classes() -> WordClasses:
    """Raises DataError where the file is damaged."""
    try:
        classes: dict[str, str] = tomllib.loads(word_class_source())["classes"]
        singles: dict[str, list[str]] = {}
        pairs: dict[tuple[str, str], list[str]] = {}
        for name, entries in classes.items():
            for entry in entries.split():
                first, _, second = entry.partition("_")
                if second:
                    pairs.setdefault((stem(first), stem(second)), []).append(name)
                else:
                    singles.setdefault(stem(first), []).append(name)
    except (ValueError, KeyError, AttributeError) as error:
        raise DataError(f"word_classes.toml: damaged ({error!r}); reinstall pommai") from error
    return WordClasses(
        tuple(classes),
        {word: tuple(dict.fromkeys(names)) for word, names in singles.items()},
        {words: tuple(dict.fromkeys(names)) for words, names in pairs.items()},
    )


@lru_cache(maxsize=2048)
def stem(word: str) -> str:
    found: str = _STEM(word)
    return found


def features(reading: str, direction: Direction) -> Features:
    """The features of one of `normalise.readings`."""
    words = first_and_last(reading.split(), MAX_WORDS)
    letters = [bucket for word in words for bucket in _letter_buckets(word)]
    by_word, by_kind = list(_word_names(words)), list(_kind_names(words))
    groups = {
        "letters": letters,
        "words": _hashed(by_word),
        "kinds": _hashed(by_kind),
        "direction": _hashed(_by_direction(by_word, by_kind, direction)),
    }
    buckets: list[int] = []
    values: list[float] = []
    for group, found in groups.items():
        once = list(dict.fromkeys(found))
        if once:
            buckets += once
            values += [GROUP_WEIGHTS[group] / sqrt(len(once))] * len(once)
    meaning = word_vectors().meaning([(word, stem(word)) for word in words])
    if meaning is None:
        return Features(np.array(buckets, np.int64), np.array(values, np.float32))
    directed = meaning * MEANING_BY_DIRECTION[direction]
    return Features(
        np.concatenate([np.array(buckets, np.int64), np.arange(BUCKETS, WIDTH)]),
        np.concatenate([np.array(values, np.float32), meaning, directed]),
    )


def first_and_last(words: list[str], most: int) -> list[str]:
    """The words, or of more than `most` the first and the last half of so many."""
    return words if len(words) <= most else [*words[: most // 2], ".", *words[-most // 2 :]]


def _hashed(names: Sequence[str]) -> list[int]:
    return [crc32(name.encode()) % BUCKETS for name in names]


@lru_cache(maxsize=1024)
def _letter_buckets(word: str) -> tuple[int, ...]:
    return tuple(_hashed(list(_letter_names(word))))


def _letter_names(word: str) -> Iterator[str]:
    bounded = f"<{word}>"
    for size in range(2, 6):
        for start in range(len(bounded) - size + 1):
            yield f"c {bounded[start : start + size]}"


def _word_names(words: Sequence[str]) -> Iterator[str]:
    for sentence in _sentences(words):
        stems = ["^", *(stem(word) for word in sentence), "$"]
        for place, word in enumerate(stems):
            yield f"w {word}"
            if place + 1 < len(stems):
                yield f"w {word} {stems[place + 1]}"
            if place + 2 < len(stems):
                yield f"w {word} {stems[place + 1]} {stems[place + 2]}"
            for other in stems[place + 2 : place + 5]:
                yield f"s {word} {other}"


def _kind_names(words: Sequence[str]) -> Iterator[str]:
    for sentence in _sentences(words):
        kinds = _kinds(sentence)
        for place, here in enumerate(kinds):
            for kind in here:
                yield f"k {kind}"
                for away, there in enumerate(kinds[place + 1 : place + 6]):
                    for other in there:
                        yield f"k {kind} > {other}" if away else f"k {kind} {other}"


def _kinds(sentence: Sequence[str]) -> list[tuple[str, ...]]:
    """The kinds of each word that has any, in order; a pair that has some counts with its first."""
    known = word_classes()
    stems = [stem(word) for word in sentence]
    kinds = []
    for place, word in enumerate(stems):
        here = known.by_stem.get(word, ())
        if place + 1 < len(stems):
            here += known.by_pair.get((word, stems[place + 1]), ())
        if here:
            kinds.append(here)
    return kinds


def _by_direction(
    by_word: Sequence[str], by_kind: Sequence[str], direction: Direction
) -> list[str]:
    names = [name for name in by_word if name.startswith("w ")]
    return [f"{direction} {name}" for name in (*names, *by_kind)]


def _sentences(words: Sequence[str]) -> Iterator[list[str]]:
    sentence: list[str] = []
    for word in words:
        if word != ".":
            sentence.append(word)
        elif sentence:
            yield sentence
            sentence = []
    if sentence:
        yield sentence
