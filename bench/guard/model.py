"""Fits the classifier: logistic regressions over hashed features, calibrated and made small.

`fit(examples)` gives the heads; `odds_unseen(examples)` gives each text's odds by heads that were
fitted without it; `build(examples)` gives the model that ships, with its operating points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from bench.guard.lines import Example
from bench.guard.operating import operating_points
from hub.domain.safety import Category
from hub.safety.classifier import ALERT_HEAD, STOP_HEADS, Model
from hub.safety.features import WIDTH, features
from hub.safety.normalise import readings

SEED = 20261120
STRENGTH = 10.0
"""Inverse of the penalty on weights; from 3 to 30 it makes no difference that could be measured."""
FOLDS = 5
EVERYDAY_WEIGHT = 3.0
"""A false alarm on everyday talk costs so many times more than another mistake."""
WEIGHT_MAX = 127
BORDERLINE_WEIGHT = 0.3
"""Stopping what is only fit for older children costs less than stopping what is fit for all."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Heads:
    """Fitted weights, a column a head: stop at each level, alert, then each category."""

    weights: Array
    intercepts: Array
    categories: tuple[Category, ...]

    def odds(self, table: csr_matrix) -> Array:
        found: Array = table @ self.weights + self.intercepts
        return found


def tabulate(examples: Sequence[Example]) -> csr_matrix:
    """A row of features for each text, of its first reading."""
    rows = [features(readings(one.text)[0], one.direction) for one in examples]
    ends = np.cumsum([0, *(len(row.buckets) for row in rows)])
    values = np.concatenate([row.values for row in rows])
    buckets = np.concatenate([row.buckets for row in rows])
    return csr_matrix((values, buckets, ends), shape=(len(rows), WIDTH))


def fit(examples: Sequence[Example], table: csr_matrix | None = None) -> Heads:
    """All heads on all examples. The same examples give the same weights."""
    table = tabulate(examples) if table is None else table
    share = np.array([_cost(one) for one in examples])
    columns = []
    for level in STOP_HEADS:
        scored = np.array([level not in one.either for one in examples])
        wanted = np.array([level in one.levels for one in examples])
        borderline = np.array([one.unsafe for one in examples]) & ~wanted
        cost = np.where(borderline, share * BORDERLINE_WEIGHT, share)
        columns.append(_column(table[scored], wanted[scored], cost[scored]))
    known = np.array([one.alert is not None or not one.unsafe for one in examples])
    alerts = np.array([bool(one.alert) for one in examples])
    columns.append(_column(table[known], alerts[known], share[known]))
    unsafe = np.array([one.unsafe for one in examples])
    named = np.array([one.category.value for one in examples])[unsafe]
    categories = tuple(Category(name) for name in sorted(set(named)))
    columns += [
        _column(table[unsafe], named == category.value, share[unsafe]) for category in categories
    ]
    return Heads(
        np.column_stack([weights for weights, _ in columns]),
        np.array([intercept for _, intercept in columns]),
        categories,
    )


def _cost(one: Example) -> float:
    return one.weight * EVERYDAY_WEIGHT if one.like == "everyday" else one.weight


def _column(table: csr_matrix, wanted: NDArray[np.bool_], share: Array) -> tuple[Array, float]:
    if wanted.all() or not wanted.any():
        return np.zeros(WIDTH), 8.0 if wanted.all() else -8.0
    line = LogisticRegression(
        C=STRENGTH, solver="liblinear", dual=True, max_iter=300, tol=1e-2, random_state=SEED
    )
    line.fit(table, wanted, sample_weight=share)
    return line.coef_[0], float(line.intercept_[0])


def odds_unseen(
    examples: Sequence[Example], always: Sequence[Example] = (), folds: int = FOLDS
) -> Array:
    """Stop and alert odds of each example by heads that saw neither it nor its other variants.

    `always` are examples that every fold is trained on.
    """
    table, more = tabulate(examples), list(always)
    groups = np.array([line_of(one) for one in examples])
    odds = np.zeros((len(examples), ALERT_HEAD + 1))
    for seen, unseen in GroupKFold(folds).split(table, groups=groups):
        heads = fit([*(examples[i] for i in seen), *more])
        odds[unseen] = heads.odds(table[unseen])[:, : ALERT_HEAD + 1]
    return odds


def line_of(one: Example) -> str:
    """The same for all variants of a line."""
    return one.id or one.line


def calibration(odds: Array, examples: Sequence[Example]) -> list[tuple[float, float]]:
    """Slope and shift a head (Platt) that make odds of unseen texts honest."""
    found = []
    for head in range(ALERT_HEAD + 1):
        level = STOP_HEADS[head] if head < ALERT_HEAD else None
        wanted = np.array(
            [bool(one.alert) if level is None else level in one.levels for one in examples]
        )
        scored = np.array(
            [
                (one.alert is not None or not one.unsafe)
                if level is None
                else level not in one.either
                for one in examples
            ]
        )
        if wanted[scored].all() or not wanted[scored].any():
            found.append((1.0, 0.0))
            continue
        line = LogisticRegression(C=1e6)
        line.fit(odds[scored, head : head + 1], wanted[scored])
        found.append((float(line.coef_[0, 0]), float(line.intercept_[0])))
    return found


@dataclass(frozen=True, slots=True)
class Built:
    """The model that ships, and the odds that each example got from heads that hadn't seen it."""

    model: Model
    unseen: Array


def build(examples: Sequence[Example]) -> Built:
    """Fits on everything, calibrates and tunes on texts unseen in each fold."""
    heads = fit(examples)
    unseen = odds_unseen(examples)
    slopes = np.ones(len(heads.intercepts))
    shifts = np.zeros(len(heads.intercepts))
    for head, (slope, shift) in enumerate(calibration(unseen, examples)):
        slopes[head], shifts[head] = slope, shift
    calibrated = unseen * slopes[: ALERT_HEAD + 1] + shifts[: ALERT_HEAD + 1]
    steps, alert_from = operating_points(calibrated, examples)
    weights = heads.weights * slopes
    scales = np.maximum(np.abs(weights).max(axis=0), 1e-9) / WEIGHT_MAX
    model = Model(
        weights=np.round(weights / scales).astype(np.int8),
        scales=scales.astype(np.float32),
        intercepts=(heads.intercepts * slopes + shifts).astype(np.float32),
        steps=steps.astype(np.float32),
        alert_from=alert_from.astype(np.float32),
        categories=heads.categories,
    )
    return Built(model, calibrated)
