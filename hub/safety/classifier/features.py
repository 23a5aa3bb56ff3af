"""Turns a plain reading into weighted, hashed features for the classifier.

Six groups, each of length one whatever the text's length: letters (3 to 6 in a row), words (1 to 3 in
a row, and pairs up to four apart), kinds of words in their order (who does what to whom, from
`data/word_classes.toml`), words with the kinds around them, single words and kinds by direction, and
the mean of what the words mean (from `data/words.npz`). All but the last are hashed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from zlib import crc32

import numpy as np
import snowballstemmer
from numpy.typing import NDArray

from hub.domain.safety import Direction
from hub.safety.classifier.words import DIMENSIONS, word_vectors
from hub.safety.data_files import read_text, read_toml, reading

WORD_CLASSES = "word_classes.toml"
BUCKETS = 1 << 18
WIDTH = BUCKETS + 2 * DIMENSIONS
"""How many numbers a feature may have: the buckets, then the meaning, then it by direction."""
MEANING_BY_DIRECTION = {Direction.CHILD: -0.5, Direction.TOY: 0.5}
LETTERS = range(3, 7)
WORDS_APART = 4
"""How far apart the words of a pair may be."""
KINDS_APART = 5
"""The same of kinds, counted in words that are of any kind."""
GROUP_WEIGHTS = {"letters": 0.7, "words": 1.3, "kinds": 0.5, "mixed": 1.5, "direction": 0.7}
REVISION = 2
"""Raised when this module's code makes other features of the same text."""
MAX_WORDS = 120
"""Of a longer text the first and the last words are looked at."""
WORDS_REMEMBERED = 2048
_STEM = snowballstemmer.stemmer("english").stemWord

Hashes = NDArray[np.uint32]
Places = NDArray[np.int64]
_MEANING_PLACES = np.arange(BUCKETS, WIDTH, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Features:
    """Numbers of features (below WIDTH) and their values, of one reading."""

    buckets: NDArray[np.int64]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WordClasses:
    """Which kinds of thing a stemmed word, or a pair of them, is about."""

    by_stem: dict[str, tuple[str, ...]]
    by_pair: dict[tuple[str, str], tuple[str, ...]]


@cache
def feature_version() -> str:
    """Changes when the same text could give other features; weights fit only the features of theirs."""
    made_of = (
        *(BUCKETS, MAX_WORDS, GROUP_WEIGHTS, REVISION),
        *(read_text(WORD_CLASSES), word_vectors().version),
    )
    return sha256(repr(made_of).encode()).hexdigest()[:12]


@cache
def word_classes() -> WordClasses:
    """Raises DataError where the file is damaged."""
    with reading(WORD_CLASSES):
        classes: dict[str, str] = read_toml(WORD_CLASSES)["classes"]
        singles: dict[str, list[str]] = {}
        pairs: dict[tuple[str, str], list[str]] = {}
        for name, entries in classes.items():
            for entry in entries.split():
                first, _, second = entry.partition("_")
                if second:
                    pairs.setdefault((stem(first), stem(second)), []).append(name)
                else:
                    singles.setdefault(stem(first), []).append(name)
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}
    return WordClasses(
        {word: _once_each(names, shared) for word, names in singles.items()},
        {words: _once_each(names, shared) for words, names in pairs.items()},
    )


def _once_each(
    names: Sequence[str], shared: dict[tuple[str, ...], tuple[str, ...]]
) -> tuple[str, ...]:
    """Without repeats; the same object for the same names, of which there are few."""
    once = tuple(dict.fromkeys(names))
    return shared.setdefault(once, once)


@lru_cache(maxsize=WORDS_REMEMBERED)
def stem(word: str) -> str:
    found: str = _STEM(word)
    return found


def features(reading: str, direction: Direction) -> Features:
    """The features of one of `normalise.readings`."""
    words = first_and_last(reading.split(), MAX_WORDS)
    said = _Said.of(words)
    singles = np.concatenate(
        [_salted("of a side", said.stems), _salted("of a side", said.all_kinds)]
    )
    groups = {
        "letters": _letters(" ".join(words)),
        "words": _words(said),
        "kinds": _kinds(said),
        "mixed": _mixed(said),
        "direction": _salted(direction, singles),
    }
    buckets, values = [], []
    for group, hashes in groups.items():
        found = _once(hashes & np.uint32(BUCKETS - 1))
        buckets.append(found)
        share = GROUP_WEIGHTS[group] / np.sqrt(max(1, len(found)))
        values.append(np.full(len(found), share, np.float32))
    meaning = word_vectors().meaning([(word, stem(word)) for word in words])
    if meaning is not None:
        buckets.append(_MEANING_PLACES)
        values += [meaning, meaning * np.float32(MEANING_BY_DIRECTION[direction])]
    return Features(np.concatenate(buckets).astype(np.int64), np.concatenate(values))


def word_places(words: Sequence[str]) -> Places:
    """The numbers of the features that are these words alone."""
    stems = np.array([_hash(stem(word)) for word in words], np.uint32)
    return (_salted("words", stems) & np.uint32(BUCKETS - 1)).astype(np.int64)


def _once(hashes: Hashes) -> Hashes:
    """Each of them once, in order; `np.unique` would load 8 MB of numpy for masked arrays."""
    ordered = np.sort(hashes)
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    found: Hashes = ordered[first]
    return found


def first_and_last(words: list[str], most: int) -> list[str]:
    """The words, or of more than `most` the first and the last half of so many."""
    return words if len(words) <= most else [*words[: most // 2], ".", *words[-most // 2 :]]


@dataclass(frozen=True, slots=True)
class _Said:
    """Words as hashes of their stems and kinds, sentence by sentence."""

    stems: Hashes
    sentences: Places
    """Which sentence each word stands in."""
    kinds: Hashes
    """A row a word, as wide as the most kinds that one has; 0 for none."""

    @classmethod
    def of(cls, words: Sequence[str]) -> "_Said":
        known = word_classes()
        stems: list[str] = []
        sentences: list[int] = []
        kinds: list[tuple[str, ...]] = []
        for number, sentence in enumerate(_sentences(words)):
            roots = [stem(word) for word in sentence]
            stems += roots
            sentences += [number] * len(roots)
            kinds += [
                known.by_stem.get(root, ()) + known.by_pair.get((root, following), ())
                for root, following in zip(roots, [*roots[1:], ""], strict=True)
            ]
        width = max(map(len, kinds), default=0)
        rows = [[*map(_hash, row)] + [0] * (width - len(row)) for row in kinds]
        return cls(
            np.array([_hash(root) for root in stems], np.uint32),
            np.array(sentences, np.int64),
            np.array(rows, np.uint32).reshape(len(stems), width),
        )

    @property
    def all_kinds(self) -> Hashes:
        found: Hashes = self.kinds[self.kinds != 0]
        return found


def _letters(text: str) -> Hashes:
    """Of rows of letters, across the borders of words too."""
    letters = np.frombuffer(f" {text} ".encode(), np.uint8).astype(np.uint32)
    rows = _salted("letters", letters)
    found = []
    for size in range(2, LETTERS.stop):
        rows = _pair(rows[:-1], letters[size - 1 :])
        if size in LETTERS:
            found.append(rows)
    return np.concatenate(found)


def _words(said: _Said) -> Hashes:
    words = _salted("words", np.concatenate([_BORDER, said.stems]))
    stems, border = words[1:], words[:1]
    first, second, apart = _near(said.sentences, WORDS_APART)
    following = first[apart == 1]
    begins = np.ones(len(stems), bool)
    begins[following + 1] = False
    ends = np.ones(len(stems), bool)
    ends[following] = False
    inner = following[~ends[following + 1]]
    left = np.where(apart == 1, stems[first], _salted("apart", stems[first]))
    pairs = _pair(left, stems[second])
    triples = _pair(_pair(stems[inner], stems[inner + 1]), stems[inner + 2])
    return np.concatenate(
        [stems, _pair(border, stems[begins]), _pair(stems[ends], border), pairs, triples]
    )


def _kinds(said: _Said) -> Hashes:
    """Each kind, and pairs of kinds, from words that follow each other or not."""
    telling = said.kinds.any(axis=1)
    kinds = said.kinds[telling]
    first, second, apart = _near(said.sentences[telling], KINDS_APART)
    next_or_later = _salted("next or later", np.minimum(apart, 2).astype(np.uint32))
    pairs = _all_pairs(kinds[first], kinds[second])
    marked = _pair(pairs, next_or_later[:, None, None])
    both = (kinds[first] != 0)[:, :, None] & (kinds[second] != 0)[:, None, :]
    return np.concatenate([_salted("kind", said.all_kinds), marked[both]])


def _mixed(said: _Said) -> Hashes:
    """A word, and the kind of one near it: what stands in for words that no text had together."""
    first, second, _ = _near(said.sentences, WORDS_APART)
    stems, kinds = said.stems[:, None], said.kinds
    word_kind = _pair(_salted("word, kind", stems[first]), kinds[second])[kinds[second] != 0]
    kind_word = _pair(_salted("kind, word", kinds[first]), stems[second])[kinds[first] != 0]
    return np.concatenate([word_kind, kind_word])


def _near(sentences: Places, most: int) -> tuple[Places, Places, Places]:
    """The pairs of places in the same sentence, at most so far apart: first, second, how far."""
    places = np.arange(len(sentences))
    apart = np.minimum(np.arange(1, most + 1)[:, None], len(sentences))
    first, second = np.broadcast_arrays(places[None, :], places[None, :] + apart)
    inside = second < len(sentences)
    first, second = first[inside], second[inside]
    same = sentences[first] == sentences[second]
    return first[same], second[same], (second - first)[same]


def _all_pairs(first: Hashes, second: Hashes) -> Hashes:
    """Of each row each entry of `first` with each of `second`."""
    return _pair(first[:, :, None], second[:, None, :])


def _pair(first: Hashes, second: Hashes) -> Hashes:
    """One hash of two, of which the order matters."""
    mixed = (first * np.uint32(0x9E3779B1)) ^ (second + np.uint32(0x7F4A7C15))
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x85EBCA6B)
    found: Hashes = mixed ^ (mixed >> np.uint32(13))
    return found


def _salted(salt: str, hashes: Hashes) -> Hashes:
    return _pair(np.array([_hash(salt)], np.uint32), hashes)


@lru_cache(maxsize=WORDS_REMEMBERED)
def _hash(name: str) -> int:
    return crc32(name.encode())


_BORDER = np.array([_hash("^")], np.uint32)


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
