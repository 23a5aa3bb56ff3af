"""The trained model as data: weights of both its parts, and how they are read and written.

A linear part over hashed features answers every question ("head"): must it be stopped at each level,
must a parent be told, and which category is it. A convolutional part answers all but the last; the
two are blended into calibrated log odds. `bench/guard/train.py` makes it.
"""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from hub.domain.safety import Category, Direction, SafetyLevel
from hub.errors import DataError
from hub.safety.convolution import WIDTHS, Convolution, padded_words, word_row
from hub.safety.features import WIDTH, feature_version, features

DATA_FILE = "classifier.npz"
STOP_HEADS = tuple(SafetyLevel)
ALERT_HEAD = len(STOP_HEADS)
FIRST_CATEGORY_HEAD = ALERT_HEAD + 1
LADDER = (
    (7, SafetyLevel.RELAXED),
    (6, SafetyLevel.RELAXED),
    (5, SafetyLevel.MODERATE),
    (4, SafetyLevel.MODERATE),
    (3, SafetyLevel.STRICT),
    (2, SafetyLevel.STRICT),
    (1, SafetyLevel.STRICT),
)
"""Each severity of harm, gravest first, and the level whose odds it is read from.

7, 5 and 3 are where relaxed, moderate and strict begin to stop; the others let a parent tighten.
"""
LEVEL_RUNGS = {SafetyLevel.RELAXED: 0, SafetyLevel.MODERATE: 2, SafetyLevel.STRICT: 4}
"""The rung of LADDER from which each level stops."""

BLENDED_HEADS = FIRST_CATEGORY_HEAD
"""The heads that both parts answer."""

Numbers = NDArray[np.float32]


WORDS_HEARD = 1024
"""Words of which is kept what they give to the network's filters: children say the same ones again."""


@dataclass(frozen=True)
class Model:
    """What training gives. All odds are natural logarithms."""

    weights: NDArray[np.int8]
    """Of the linear part: a row a feature, a column a head."""
    scales: Numbers
    intercepts: Numbers
    network: Convolution
    blend: Numbers
    """How much each part counts, and a shift: three numbers for each of BLENDED_HEADS."""
    steps: Numbers
    """Least odds for each rung of LADDER, a row a direction."""
    alert_from: Numbers
    """Least odds of the alert head, a direction each."""
    categories: tuple[Category, ...]

    def odds(self, reading: str, direction: Direction) -> Numbers:
        """A number a head, of one of `normalise.readings`."""
        found = features(reading, direction)
        rows = self.weights[found.buckets].astype(np.float32)
        odds: Numbers = (found.values @ rows) * self.scales + self.intercepts
        heard = np.stack([self._heard(word) for word in padded_words(reading)])
        by_network = self.network.odds(heard, direction)
        linear, network, shift = self.blend.T
        odds[:BLENDED_HEADS] = odds[:BLENDED_HEADS] * linear + by_network * network + shift
        return odds

    @cached_property
    def _heard(self) -> Callable[[str], Numbers]:
        return lru_cache(maxsize=WORDS_HEARD)(lambda word: self.network.heard(word_row(word)))

    def to_bytes(self) -> bytes:
        """The data file. The same model gives the same bytes."""
        about = {
            "features": feature_version(),
            "categories": [category.value for category in self.categories],
        }
        arrays: dict[str, NDArray[np.generic]] = {"out": self.network.out.astype(np.float16)}
        for width, weights, bias in zip(
            WIDTHS, self.network.filters, self.network.biases, strict=True
        ):
            arrays[f"filters_{width}"] = weights.astype(np.float16)
            arrays[f"bias_{width}"] = bias.astype(np.float16)
        file = io.BytesIO()
        arrays |= {
            "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
            "weights": self.weights,
            "scales": self.scales,
            "intercepts": self.intercepts,
            "blend": self.blend,
            "steps": self.steps,
            "alert_from": self.alert_from,
        }
        np.savez_compressed(file, allow_pickle=False, **arrays)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Model":
        """Raises DataError where they are damaged, or made for other features."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            about = json.loads(arrays["about"].tobytes())
            made_for = str(about["features"])
            model = cls(
                weights=arrays["weights"],
                scales=arrays["scales"],
                intercepts=arrays["intercepts"],
                network=_network(arrays),
                blend=arrays["blend"],
                steps=arrays["steps"],
                alert_from=arrays["alert_from"],
                categories=tuple(Category(name) for name in about["categories"]),
            )
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
            raise _damaged(type(error).__name__) from error
        if made_for != feature_version():
            raise _damaged("it was trained for other features: train again")
        if problem := model.problem():
            raise _damaged(problem)
        return model

    def problem(self) -> str:
        """What does not fit together; "" when all does."""
        heads = FIRST_CATEGORY_HEAD + len(self.categories)
        shapes = (
            (self.weights, np.int8, (WIDTH, heads)),
            (self.scales, np.float32, (heads,)),
            (self.intercepts, np.float32, (heads,)),
            (self.blend, np.float32, (BLENDED_HEADS, 3)),
            (self.steps, np.float32, (len(Direction), len(LADDER))),
            (self.alert_from, np.float32, (len(Direction),)),
        )
        if any(array.dtype != kind or array.shape != shape for array, kind, shape in shapes):
            return "its arrays have the wrong shape"
        numbers = np.concatenate([self.scales, self.intercepts, self.blend.ravel()])
        if not self.categories or not np.isfinite(numbers).all() or np.isnan(self.steps).any():
            return "it holds no numbers"
        return self.network.problem(BLENDED_HEADS)


def _network(arrays: Mapping[str, NDArray[np.float16]]) -> Convolution:
    return Convolution(
        tuple(arrays[f"filters_{width}"].astype(np.float32) for width in WIDTHS),
        tuple(arrays[f"bias_{width}"].astype(np.float32) for width in WIDTHS),
        arrays["out"].astype(np.float32),
    )


def _damaged(problem: str) -> DataError:
    return DataError(f"hub/safety/data/{DATA_FILE}: damaged ({problem}); reinstall pommai")
