"""Fits the classifier: logistic regressions over hashed features, blended with what the encoder says.

`build(examples)` gives the model that ships, blended, calibrated, and with its operating points, and
beside it the odds that each text got from parts that had met nothing of its writer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bench.guard.lines import Example
from bench.guard.operating import operating_points
from bench.guard.targets import cost_of, costs, wanted
from bench.guard.unmet import FOLDS, encoder_odds, fold_of
from hub.domain.safety import Category, Direction
from hub.safety.classifier.features import BUCKETS, WIDTH, features
from hub.safety.classifier.model import (
    BLEND_INPUTS,
    BLENDED_HEADS,
    CATEGORY_BUCKETS,
    PARTS,
    ClassifierModel,
    Odds,
    Weights,
    blend_inputs,
    blended,
    category_places,
)
from hub.safety.text.normalise import readings

SEED = 20261120
STRENGTH = 10.0
"""Inverse of the penalty on weights; from 5 to 40 it makes no difference that could be measured."""
STYLE_STRENGTH = 1.0
"""A soft gate: between the styles both parts count."""
ADULT_WEIGHT = 10.0
"""In the blend alone, where few texts are in adults' style and the parts differ most."""
WEIGHT_MAX = 127

Array = NDArray[np.float64]
Chosen = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lines:
    """Fitted weights, a column a line."""

    weights: Array
    intercepts: Array

    def odds(self, table: csr_matrix) -> Array:
        found: Array = table @ self.weights + self.intercepts
        return found

    def rounded(self) -> Weights:
        scales = np.maximum(np.abs(self.weights).max(axis=0), 1e-9) / WEIGHT_MAX
        return Weights(
            np.round(self.weights / scales).astype(np.int8),
            scales.astype(np.float32),
            self.intercepts.astype(np.float32),
        )


def tabulate(examples: Sequence[Example]) -> csr_matrix:
    """A row of features for each text, of its first reading."""
    rows = [features(readings(one.text)[0], one.direction) for one in examples]
    ends = np.cumsum([0, *(len(row.buckets) for row in rows)])
    values = np.concatenate([row.values for row in rows])
    buckets = np.concatenate([row.buckets for row in rows])
    return csr_matrix((values, buckets, ends), shape=(len(rows), WIDTH))


def fit_parts(examples: Sequence[Example], table: csr_matrix, chosen: Chosen) -> Lines:
    """The parts of the model, on the `chosen` examples. The same examples give the same weights."""
    known = [examples[i] for i in chosen]
    rows = table[chosen]
    columns = [
        fit_line(rows[cost > 0], want[cost > 0], cost[cost > 0])
        for want, cost in zip(wanted(known).T, costs(known).T, strict=True)
    ]
    share = np.array([cost_of(one) for one in known])
    adults = np.array([one.adult for one in known])
    unsafe = np.array([one.unsafe for one in known])
    columns.append(fit_line(rows, adults, np.ones(len(known)), STYLE_STRENGTH))
    columns.append(fit_line(rows[adults], unsafe[adults], share[adults]))
    return _lines(columns)


def fit_categories(
    examples: Sequence[Example], table: csr_matrix
) -> tuple[Lines, tuple[Category, ...]]:
    """A line a category, on the unsafe examples."""
    unsafe = np.array([i for i, one in enumerate(examples) if one.unsafe])
    rows = _fewer_buckets(table[unsafe])
    named = np.array([examples[i].category.value for i in unsafe])
    share = np.array([cost_of(examples[i]) for i in unsafe])
    categories = tuple(Category(name) for name in sorted(set(named)))
    columns = [fit_line(rows, named == category.value, share) for category in categories]
    return _lines(columns), categories


def _fewer_buckets(table: csr_matrix) -> csr_matrix:
    places = category_places(table.indices.astype(np.int64))
    shape = (table.shape[0], CATEGORY_BUCKETS + WIDTH - BUCKETS)
    return csr_matrix((table.data, places, table.indptr), shape=shape)


def _lines(columns: Sequence[tuple[Array, float]]) -> Lines:
    return Lines(
        np.column_stack([weights for weights, _ in columns]),
        np.array([intercept for _, intercept in columns]),
    )


def fit_line(
    table: csr_matrix, wanted: NDArray[np.bool_], share: Array, strength: float = STRENGTH
) -> tuple[Array, float]:
    """One regression: its weights and its intercept."""
    if wanted.all() or not wanted.any():
        always = len(wanted) and wanted.all()
        return np.zeros(table.shape[1]), 8.0 if always else -8.0
    line = _regression(
        C=strength, solver="liblinear", dual=True, max_iter=300, tol=1e-2, random_state=SEED
    )
    line.fit(table, wanted, sample_weight=share)
    return line.coef_[0], float(line.intercept_[0])


def _regression(**options: Any) -> Any:  # noqa: ANN401 - it comes without types
    """scikit-learn takes seconds to load, which who only collects tests need not wait for."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(**options)


def parts_unseen(examples: Sequence[Example], table: csr_matrix) -> Array:
    """Each example's parts and the encoder's odds, all fitted to nothing of its writer."""
    folds = np.array([fold_of(one) for one in examples])
    found = np.zeros((len(examples), PARTS))
    for fold in range(FOLDS):
        held = np.flatnonzero(folds == fold)
        if len(held):
            seen = np.flatnonzero(folds != fold)
            found[held] = fit_parts(examples, table, seen).odds(table[held])
    return np.hstack([found, encoder_odds(examples)])


def fit_blend(unseen: Array, examples: Sequence[Example]) -> Array:
    """How much each part counts, and a shift (Platt's), that make odds of unseen texts honest.

    For each direction and head: a toy that speaks like a book tells a story, a child does not.
    """
    return np.array(
        [
            [
                _blend(unseen[rows], [examples[i] for i in rows], head)
                for head in range(BLENDED_HEADS)
            ]
            for rows in _by_direction(examples)
        ]
    )


def blended_each(parts: Odds, blend: Odds, examples: Sequence[Example]) -> Array:
    """Log odds of BLENDED_HEADS, a row an example."""
    found = np.zeros((len(examples), BLENDED_HEADS))
    for rows, of_direction in zip(_by_direction(examples), blend, strict=True):
        found[rows] = blended(parts[rows], of_direction)
    return found


def _by_direction(examples: Sequence[Example]) -> list[Chosen]:
    return [
        np.flatnonzero([one.direction is direction for one in examples]) for direction in Direction
    ]


def _blend(unseen: Array, examples: Sequence[Example], head: int) -> list[float]:
    want, cost = wanted(examples)[:, head], costs(examples)[:, head]
    scored = cost > 0
    if want[scored].all() or not want[scored].any():
        return [1.0, *[0.0] * BLEND_INPUTS]
    cost *= np.where([one.adult for one in examples], ADULT_WEIGHT, 1.0)
    line = _regression(C=1e6)
    line.fit(blend_inputs(unseen, head)[scored], want[scored], sample_weight=cost[scored])
    return [*(float(part) for part in line.coef_[0]), float(line.intercept_[0])]


@dataclass(frozen=True, slots=True)
class Built:
    """The model that ships, and the odds that each example got from parts that had not met its writer."""

    model: ClassifierModel
    unseen: Array


def build(examples: Sequence[Example]) -> Built:
    """Fits on everything, calibrates and tunes on texts unseen in each fold."""
    table = tabulate(examples)
    parts = fit_parts(examples, table, np.arange(len(examples)))
    kinds, categories = fit_categories(examples, table)
    unseen = parts_unseen(examples, table)
    blend = fit_blend(unseen, examples)
    odds = blended_each(unseen, blend, examples)
    steps, alert_from = operating_points(odds, examples)
    model = ClassifierModel(
        parts=parts.rounded(),
        kinds=kinds.rounded(),
        blend=blend.astype(np.float32),
        steps=steps.astype(np.float32),
        alert_from=alert_from.astype(np.float32),
        categories=categories,
    )
    return Built(model, odds)
