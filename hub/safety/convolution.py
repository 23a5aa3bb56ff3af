"""A small convolutional network over word vectors: what a few words in a row are about, in their order.

Each word is a row of numbers (its vector, and the kinds it belongs to). Filters look at one, two and
three rows at a time; each keeps its strongest answer anywhere in the text, and a linear layer makes
log odds of them. `bench/guard/convolution.py` trains it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

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


def padded_words(reading: str) -> list[str]:
    """The words of a reading with PADDING around, which is ""."""
    before, after = PADDING
    return [""] * before + first_and_last(reading.split(), MOST_WORDS) + [""] * after


def word_row(word: str) -> Numbers:
    row = np.zeros(row_size(), np.float32)
    if word == ".":
        row[0] = -VECTOR_LENGTH
        return row
    root = stem(word)
    vector = word_vectors().vector(word, root)
    if vector is not None:
        row[:DIMENSIONS] = vector * VECTOR_LENGTH
    for kind in word_classes().by_stem.get(root, ()):
        row[kinds()[kind]] = KIND
    return row


@dataclass(frozen=True)
class Convolution:
    """Trained weights. `filters` has for each of WIDTHS a row for each number of so many words."""

    filters: tuple[Numbers, ...]
    biases: tuple[Numbers, ...]
    out: Numbers
    """A row a filter of each width, one for the direction, and one for all; a column a head."""

    @cached_property
    def _matrix(self) -> Numbers:
        """What a word gives to each filter, for each place that it may have in the filter's window."""
        size = row_size()
        return np.concatenate(
            [
                weights[place * size : (place + 1) * size]
                for width, weights in zip(WIDTHS, self.filters, strict=True)
                for place in range(width)
            ],
            axis=1,
        )

    def heard(self, rows: Numbers) -> Numbers:
        """What one row, or each of many, gives to every filter; it doesn't depend on its neighbours."""
        found: Numbers = rows @ self._matrix
        return found

    def odds(self, heard: Numbers, direction: Direction) -> Numbers:
        """Log odds, a number a head, by `heard` of a text's words with PADDING around."""
        windows = len(heard) - PADDING[1]
        parts: list[Numbers] = []
        column = 0
        for width, bias in zip(WIDTHS, self.biases, strict=True):
            answers = bias
            for place in range(width):
                answers = answers + heard[place : place + windows, column : column + len(bias)]
                column += len(bias)
            parts.append(np.maximum(answers.max(axis=0), 0))
        last = np.array([direction is Direction.TOY, 1.0], np.float32)
        found: Numbers = np.concatenate([*parts, last]) @ self.out
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
