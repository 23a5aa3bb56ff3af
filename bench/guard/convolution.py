"""Trains the convolutional network with numpy alone: back-propagation, Adam and drop-out, by seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hub.domain.safety import Direction
from hub.safety.convolution import (
    PADDING,
    WIDTHS,
    Convolution,
    padded_words,
    row_size,
    window_rows,
    word_row,
)
from hub.safety.normalise import readings

FILTERS = 64
"""Of each width."""
EPOCHS = 8
BATCH = 64
RATE = 2e-3
DROP_WORDS = 0.15
DROP_FILTERS = 0.5
DECAY = 1e-5
FIRST_MOMENT, SECOND_MOMENT, TINY = 0.9, 0.999, 1e-8
MASKED = np.float32(-1e4)

Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts as the network reads them: `table` has a row for each different word."""

    table: Numbers
    words: list[NDArray[np.int64]]
    toy: Numbers

    def batch(self, chosen: NDArray[np.int64]) -> tuple[Numbers, NDArray[np.bool_], Numbers]:
        """Rows of each text, which windows are within it, and its direction."""
        longest = max(len(self.words[i]) for i in chosen)
        places = np.zeros((len(chosen), longest), np.int64)
        within = np.zeros((len(chosen), longest - PADDING[1]), bool)
        for row, i in enumerate(chosen):
            places[row, : len(self.words[i])] = self.words[i]
            within[row, : len(self.words[i]) - PADDING[1]] = True
        return self.table[places], within, self.toy[chosen]


def read(texts: Sequence[tuple[str, Direction]]) -> Texts:
    """Texts with their directions; of each the first reading."""
    places = {"": 0}  # row 0 is padding, so it pads short texts of a batch too
    words = [
        np.array(
            [places.setdefault(word, len(places)) for word in padded_words(readings(text)[0])],
            np.int64,
        )
        for text, _ in texts
    ]
    table = [word_row(word) for word in places]
    toy = np.array([direction is Direction.TOY for _, direction in texts], np.float32)
    return Texts(np.stack(table), words, toy)


class Trainer:
    """One network in training."""

    def __init__(self, heads: int, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        size = row_size()
        self._weights: dict[str, Numbers] = {
            "out": self._random(0.05, FILTERS * len(WIDTHS) + 2, heads)
        }
        for width in WIDTHS:
            scale = float(np.sqrt(2 / (width * size)))
            self._weights[f"filters {width}"] = self._random(scale, width * size, FILTERS)
            self._weights[f"bias {width}"] = np.zeros(FILTERS, np.float32)
        self._first = {name: np.zeros_like(w) for name, w in self._weights.items()}
        self._second = {name: np.zeros_like(w) for name, w in self._weights.items()}
        self._steps = 0

    def _random(self, scale: float, *shape: int) -> Numbers:
        return self._rng.normal(0, scale, shape).astype(np.float32)

    def train(
        self, texts: Texts, chosen: NDArray[np.int64], wanted: Numbers, costs: Numbers
    ) -> Convolution:
        """On the `chosen` texts; `wanted` and `costs` have a row a text and a column a head."""
        for epoch in range(EPOCHS):
            rate = RATE * (1 - epoch / EPOCHS)
            for part in self._batches(texts, chosen):
                self._step(texts, part, wanted[part], costs[part], rate)
        return self.result()

    def result(self) -> Convolution:
        kept = {
            name: weights.astype(np.float16).astype(np.float32)
            for name, weights in self._weights.items()
        }
        return Convolution(
            tuple(kept[f"filters {width}"] for width in WIDTHS),
            tuple(kept[f"bias {width}"] for width in WIDTHS),
            kept["out"],
        )

    def _batches(self, texts: Texts, chosen: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        """Texts of about the same length together, in a new order each time."""
        lengths = np.array([len(texts.words[i]) for i in chosen]) + 3 * self._rng.random(
            len(chosen)
        )
        order = chosen[np.argsort(lengths, kind="stable")]
        parts = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        for place in self._rng.permutation(len(parts)):
            yield parts[place]

    def _step(
        self, texts: Texts, part: NDArray[np.int64], wanted: Numbers, costs: Numbers, rate: float
    ) -> None:
        rows, within, toy = texts.batch(part)
        rows = rows * (self._rng.random(rows.shape[:2]) > DROP_WORDS)[:, :, None].astype(np.float32)
        outside = np.where(within, np.float32(0), MASKED)[:, :, None]
        windows, places, strongest = [], [], []
        for width in WIDTHS:
            seen = window_rows(rows, width, within.shape[1])
            flat = seen.reshape(-1, seen.shape[-1])
            heard = flat @ self._weights[f"filters {width}"] + self._weights[f"bias {width}"]
            heard = heard.reshape(*within.shape, FILTERS) + outside
            place = heard.argmax(axis=1)[:, None, :]
            windows.append(flat)
            places.append(place)
            strongest.append(np.take_along_axis(heard, place, 1)[:, 0])
        always = np.column_stack([toy, np.ones_like(toy)])
        pooled = np.maximum(np.concatenate(strongest, axis=1), 0)
        kept = (self._rng.random(pooled.shape) > DROP_FILTERS).astype(np.float32) / (
            1 - DROP_FILTERS
        )
        hidden = np.concatenate([pooled * kept, always], axis=1)
        chances = 1 / (1 + np.exp(-np.clip(hidden @ self._weights["out"], -30, 30)))
        error = ((chances - wanted) * costs / len(part)).astype(np.float32)
        slopes = {"out": hidden.T @ error}
        back = (error @ self._weights["out"].T)[:, : pooled.shape[1]] * kept * (pooled > 0)
        for number, width in enumerate(WIDTHS):
            here = back[:, number * FILTERS : (number + 1) * FILTERS]
            spread = np.zeros((*within.shape, FILTERS), np.float32)
            np.put_along_axis(spread, places[number], here[:, None, :], 1)
            slopes[f"filters {width}"] = windows[number].T @ spread.reshape(-1, FILTERS)
            slopes[f"bias {width}"] = here.sum(axis=0)
        self._descend(slopes, rate)

    def _descend(self, slopes: dict[str, Numbers], rate: float) -> None:
        """Adam (Kingma and Ba, 2015)."""
        self._steps += 1
        for name, weights in self._weights.items():
            slope = slopes[name] + DECAY * weights
            self._first[name] += (1 - FIRST_MOMENT) * (slope - self._first[name])
            self._second[name] += (1 - SECOND_MOMENT) * (slope * slope - self._second[name])
            first = self._first[name] / (1 - FIRST_MOMENT**self._steps)
            second = self._second[name] / (1 - SECOND_MOMENT**self._steps)
            weights -= (rate * first / (np.sqrt(second) + TINY)).astype(np.float32)


def odds_of(network: Convolution, texts: Texts, chosen: NDArray[np.int64]) -> Numbers:
    """Log odds of the `chosen` texts, a row a text."""
    heard = network.heard(texts.table)
    return np.stack(
        [
            network.odds(heard[texts.words[i]], Direction.TOY if texts.toy[i] else Direction.CHILD)
            for i in chosen
        ]
    )
