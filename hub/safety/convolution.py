"""A small convolutional network over word vectors: what a few words in a row are about, in their order.

Each word is a row of numbers (its vector, and the kinds it belongs to). Filters look at one, two and
three rows at a time; each keeps its strongest answer anywhere in the text, and a linear layer makes
log odds of them. `bench/guard/convolution.py` trains it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hub.domain.safety import Direction
from hub.safety.features import MAX_WORDS, first_and_last, stem, word_classes
from hub.safety.words import DIMENSIONS, word_vectors

WIDTHS = (1, 2, 3)
VECTOR_LENGTH = 3.0
KIND = 0.7
"""The value that stands for "is of this kind"."""
PADDING = (1, max(WIDTHS) - 1)
"""Empty rows before the first word and after the last."""
MOST_WORDS = MAX_WORDS // 2

Numbers = NDArray[np.float32]


@cache
def kinds() -> dict[str, int]:
    """The place of each kind of word in a row."""
    return {kind: DIMENSIONS + place for place, kind in enumerate(word_classes().names)}


def row_size() -> int:
    return DIMENSIONS + len(kinds())


def word_rows(reading: str) -> Numbers:
    """A row a word, with PADDING around."""
    words = first_and_last(reading.split(), MOST_WORDS)
    before, after = PADDING
    rows = np.zeros((before + len(words) + after, row_size()), np.float32)
    for place, word in enumerate(words, before):
        _fill(rows[place], word)
    return rows


def _fill(row: Numbers, word: str) -> None:
    if word == ".":
        row[0] = -VECTOR_LENGTH
        return
    root = stem(word)
    vector = word_vectors().vector(word, root)
    if vector is not None:
        row[:DIMENSIONS] = vector * VECTOR_LENGTH
    for kind in word_classes().by_stem.get(root, ()):
        row[kinds()[kind]] = KIND


@dataclass(frozen=True, slots=True)
class Convolution:
    """Trained weights. `filters` has for each of WIDTHS a row for each number of so many words."""

    filters: tuple[Numbers, ...]
    biases: tuple[Numbers, ...]
    out: Numbers
    """A row a filter of each width, one for the direction, and one for all; a column a head."""

    def odds(self, rows: Numbers, direction: Direction) -> Numbers:
        """Log odds, a number a head."""
        windows = len(rows) - PADDING[1]
        strongest = [
            (window_rows(rows, width, windows) @ weights + bias).max(axis=0)
            for width, weights, bias in zip(WIDTHS, self.filters, self.biases, strict=True)
        ]
        last = np.array([direction is Direction.TOY, 1.0], np.float32)
        found: Numbers = np.concatenate([*(np.maximum(s, 0) for s in strongest), last]) @ self.out
        return found

    def problem(self, heads: int) -> str:
        """What does not fit together; "" when all does."""
        sizes = [len(bias) for bias in self.biases]
        shapes = [
            *(weights.shape == (width * row_size(), size)
              for width, weights, size in zip(WIDTHS, self.filters, sizes, strict=True)),
            self.out.shape == (sum(sizes) + 2, heads),
        ]  # fmt: skip
        if not all(shapes):
            return "its filters have the wrong shape"
        parts = (*self.filters, *self.biases, self.out)
        return "" if all(np.isfinite(part).all() for part in parts) else "it holds no numbers"


def window_rows(rows: Numbers, width: int, windows: int) -> Numbers:
    """`width` rows side by side, from each of the first `windows` places on."""
    parts: Sequence[Numbers] = [rows[..., i : i + windows, :] for i in range(width)]
    return np.concatenate(parts, axis=-1)
