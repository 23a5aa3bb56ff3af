"""The trained model as data: its weights, and how they are read and written.

Linear parts over hashed features answer every question ("head"): must it be stopped at each level,
must a parent be told, and which category is it; so does the encoder. One more part knows only texts in
adults' style and counts as far as another takes a text for one. Blended, they are calibrated log odds.
`bench/guard/train.py` makes it.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from hub.domain.safety import Category, Direction, SafetyLevel
from hub.safety.classifier.encoder import encoder
from hub.safety.classifier.features import BUCKETS, WIDTH, feature_version, features, word_places
from hub.safety.data_files import damaged, reading

DATA_FILE = "classifier.npz"
STOP_HEADS = tuple(SafetyLevel)
ALERT_HEAD = len(STOP_HEADS)
FIRST_CATEGORY_HEAD = ALERT_HEAD + 1
BLENDED_HEADS = FIRST_CATEGORY_HEAD
"""The heads that ask what to do; behind them stand the categories."""
STYLE_PART = BLENDED_HEADS
"""Column of the weights: is it written as adults write to a machine?"""
ADULT_PART = BLENDED_HEADS + 1
"""The same: must it be stopped, if it is?"""
PARTS = BLENDED_HEADS + 2
"""Behind them, where parts are blended, stand the encoder's odds of BLENDED_HEADS."""
BLEND_INPUTS = 5
CATEGORY_BUCKETS = 1 << 15
"""Categories need fewer: what kind it is shows in more words than whether it is meant."""
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

Numbers = NDArray[np.float32]
Odds = NDArray[Any]
"""Of any float: training has double ones."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Of linear parts: a row a feature, a column a part, in steps of `scales`."""

    rows: NDArray[np.int8]
    scales: Numbers
    intercepts: Numbers

    def odds(self, places: NDArray[np.int64], values: Numbers) -> Numbers:
        found: Numbers = (values @ self.rows[places].astype(np.float32)) * self.scales
        return found + self.intercepts


@dataclass(frozen=True, slots=True)
class ClassifierModel:
    """What training gives. All odds are natural logarithms."""

    parts: Weights
    """Over all features: BLENDED_HEADS, then STYLE_PART and ADULT_PART."""
    kinds: Weights
    """Of each category, over fewer buckets."""
    blend: Numbers
    """Of each direction and BLENDED_HEADS how much each of its `blend_inputs` counts, and a shift."""
    steps: Numbers
    """Least odds for each rung of LADDER, a row a direction."""
    alert_from: Numbers
    """Least odds of the alert head, a direction each."""
    categories: tuple[Category, ...]

    def odds(self, reading: str, direction: Direction) -> Numbers:
        """A number a head, of one of `normalise.readings`."""
        found = features(reading, direction)
        row = list(Direction).index(direction)
        read = encoder()
        meant = read.odds(reading, direction)
        parts = self.parts.odds(found.buckets, found.values)
        heads = blended(np.concatenate([parts, meant[:BLENDED_HEADS]]), self.blend[row])
        kinds = self.kinds.odds(category_places(found.buckets), found.values)
        places = [BLENDED_HEADS + read.categories.index(kind) for kind in self.categories]
        return np.concatenate([heads, kinds + meant[places]], dtype=np.float32)

    def tells(self, words: Sequence[str], category: Category) -> Numbers:
        """How much each word by itself speaks for a stop at the strictest level, and for `category`."""
        places = word_places(words)
        stop, kind = STOP_HEADS.index(SafetyLevel.STRICT), self.categories.index(category)
        stops = self.parts.rows[places, stop] * self.parts.scales[stop]
        named = self.kinds.rows[category_places(places), kind] * self.kinds.scales[kind]
        found: Numbers = stops + named
        return found

    def to_bytes(self) -> bytes:
        """The data file. The same model gives the same bytes."""
        about = {
            "features": feature_version(),
            "encoder": encoder().version,
            "categories": [category.value for category in self.categories],
        }
        file = io.BytesIO()
        np.savez_compressed(
            file,
            about=np.frombuffer(json.dumps(about).encode(), np.uint8),
            weights=self.parts.rows,
            scales=self.parts.scales,
            intercepts=self.parts.intercepts,
            kind_weights=self.kinds.rows,
            kind_scales=self.kinds.scales,
            kind_intercepts=self.kinds.intercepts,
            blend=self.blend,
            steps=self.steps,
            alert_from=self.alert_from,
        )
        return file.getvalue()

    @classmethod
    def read(cls, data: IO[bytes]) -> "ClassifierModel":
        """From an open file, without a copy of it in memory. Raises DataError where it is damaged, or made
        for other features."""
        with reading(DATA_FILE):
            with np.load(data, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            about = json.loads(arrays["about"].tobytes())
            made_for = str(about["features"]), str(about["encoder"])
            model = cls(
                Weights(arrays["weights"], arrays["scales"], arrays["intercepts"]),
                Weights(arrays["kind_weights"], arrays["kind_scales"], arrays["kind_intercepts"]),
                blend=arrays["blend"],
                steps=arrays["steps"],
                alert_from=arrays["alert_from"],
                categories=tuple(Category(name) for name in about["categories"]),
            )
        if made_for != (feature_version(), encoder().version):
            raise damaged(DATA_FILE, "it was trained for other features: train again")
        if problem := model.problem():
            raise damaged(DATA_FILE, problem)
        return model

    def problem(self) -> str:
        """What does not fit together; "" when all does."""
        kinds = len(self.categories)
        shapes = (
            (self.parts.rows, np.int8, (WIDTH, PARTS)),
            (self.parts.scales, np.float32, (PARTS,)),
            (self.parts.intercepts, np.float32, (PARTS,)),
            (self.kinds.rows, np.int8, (CATEGORY_BUCKETS + WIDTH - BUCKETS, kinds)),
            (self.kinds.scales, np.float32, (kinds,)),
            (self.kinds.intercepts, np.float32, (kinds,)),
            (self.blend, np.float32, (len(Direction), BLENDED_HEADS, BLEND_INPUTS + 1)),
            (self.steps, np.float32, (len(Direction), len(LADDER))),
            (self.alert_from, np.float32, (len(Direction),)),
        )
        if any(array.dtype != kind or array.shape != shape for array, kind, shape in shapes):
            return "its arrays have the wrong shape"
        finite = (
            self.parts.scales,
            self.parts.intercepts,
            self.kinds.scales,
            self.kinds.intercepts,
        )
        numbers = np.concatenate([*finite, self.blend.ravel()])
        if not set(self.categories) <= set(encoder().categories):
            return "it has categories that the encoder lacks"
        if not kinds or not np.isfinite(numbers).all() or np.isnan(self.steps).any():
            return "it holds no numbers"
        return ""


def category_places(buckets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the features of `buckets` stand among those for categories."""
    hashed = buckets < BUCKETS
    return np.where(hashed, buckets % CATEGORY_BUCKETS, buckets - BUCKETS + CATEGORY_BUCKETS)


def blend_inputs(parts: Odds, head: int) -> Odds:
    """What a head's odds are blended of: its own part and the encoder's odds, and what the text's style adds.

    `parts` of one text, or a row a text.
    """
    like_adults = 1 / (1 + np.exp(-np.clip(parts[..., STYLE_PART], -30, 30)))
    own, adult, meant = parts[..., head], parts[..., ADULT_PART], parts[..., PARTS + head]
    inputs = [own, meant, like_adults * own, like_adults * adult, like_adults]
    found: Odds = np.stack(inputs, axis=-1)
    return found


def blended(parts: Odds, blend: Odds) -> Odds:
    """Log odds of BLENDED_HEADS, by the blend of one direction."""
    heads = [
        blend_inputs(parts, head) @ blend[head, :-1] + blend[head, -1]
        for head in range(BLENDED_HEADS)
    ]
    found: Odds = np.stack(heads, axis=-1)
    return found
