"""Fits the classifier: logistic regressions over hashed features, and a network over word vectors.

`build(examples)` gives the model that ships, blended, calibrated, and with its operating points, and
beside it the odds that each text got from parts that were fitted without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from bench.guard.convolution import Texts, Trainer, odds_of, read
from bench.guard.lines import Example
from bench.guard.operating import operating_points
from hub.domain.safety import Category, SafetyLevel
from hub.safety.convolution import Convolution
from hub.safety.features import WIDTH, features
from hub.safety.model import ALERT_HEAD, BLENDED_HEADS, STOP_HEADS, Model
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
CATEGORY_COST = 0.3
"""Naming the category wrongly costs the network less than stopping wrongly."""

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
        cost = share * np.array([_borderline(one, level) for one in examples])
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


@dataclass(frozen=True, slots=True)
class Unseen:
    """Each example's odds, of the blended heads, by parts that saw neither it nor its variants."""

    linear: Array
    network: Array


def odds_unseen(examples: Sequence[Example], folds: int = FOLDS) -> Unseen:
    """By cross-validation: each fold is judged by what was fitted to the others."""
    table, texts = tabulate(examples), read([(one.text, one.direction) for one in examples])
    groups = np.array([one.id or one.line or one.text for one in examples])
    linear = np.zeros((len(examples), BLENDED_HEADS))
    network = np.zeros((len(examples), BLENDED_HEADS))
    for seen, held in GroupKFold(folds).split(table, groups=groups):
        heads = fit([examples[i] for i in seen], table[seen])
        linear[held] = heads.odds(table[held])[:, :BLENDED_HEADS]
        network[held] = odds_of(fit_network(examples, texts, seen), texts, held)
    return Unseen(linear, network)


def fit_network(
    examples: Sequence[Example], texts: Texts, chosen: NDArray[np.int64]
) -> Convolution:
    """Trained on the `chosen` of the examples. It learns categories too, for what they teach of the rest."""
    categories = sorted({one.category for one in examples if one.unsafe})
    wanted = np.array(
        [
            [
                *(level in one.levels for level in STOP_HEADS),
                bool(one.alert),
                *(one.category is category for category in categories),
            ]
            for one in examples
        ],
        np.float32,
    )
    costs = np.array([_head_costs(one, len(categories)) for one in examples], np.float32)
    network = Trainer(wanted.shape[1], SEED).train(texts, chosen, wanted, costs)
    return replace(network, out=network.out[:, :BLENDED_HEADS])


def _head_costs(one: Example, categories: int) -> list[float]:
    cost = _cost(one)
    stops = [0.0 if level in one.either else cost * _borderline(one, level) for level in STOP_HEADS]
    alert = cost if one.alert is not None or not one.unsafe else 0.0
    return [*stops, alert, *[cost * CATEGORY_COST] * categories]


def _borderline(one: Example, level: SafetyLevel) -> float:
    return BORDERLINE_WEIGHT if one.unsafe and level not in one.levels else 1.0


def blended(unseen: Unseen, examples: Sequence[Example]) -> Array:
    """For each head how much each part counts, and a shift (Platt's), that make odds of unseen texts honest."""
    return np.array([_blend(unseen, examples, head) for head in range(BLENDED_HEADS)])


def _blend(unseen: Unseen, examples: Sequence[Example], head: int) -> list[float]:
    level = STOP_HEADS[head] if head < ALERT_HEAD else None
    wanted = np.array([bool(o.alert) if level is None else level in o.levels for o in examples])
    scored = np.array(
        [
            (o.alert is not None or not o.unsafe) if level is None else level not in o.either
            for o in examples
        ]
    )
    if wanted[scored].all() or not wanted[scored].any():
        return [1.0, 0.0, 0.0]
    line = LogisticRegression(C=1e6)
    both = np.column_stack([unseen.linear[:, head], unseen.network[:, head]])
    line.fit(
        both[scored],
        wanted[scored],
        sample_weight=[_cost(one) for one in np.array(examples, object)[scored]],
    )
    return [*(float(part) for part in line.coef_[0]), float(line.intercept_[0])]


@dataclass(frozen=True, slots=True)
class Built:
    """The model that ships, and the odds that each example got from parts that hadn't seen it."""

    model: Model
    unseen: Array


def build(examples: Sequence[Example]) -> Built:
    """Fits on everything, calibrates and tunes on texts unseen in each fold."""
    heads = fit(examples)
    texts = read([(one.text, one.direction) for one in examples])
    network = fit_network(examples, texts, np.arange(len(examples)))
    unseen = odds_unseen(examples)
    blend = blended(unseen, examples)
    odds = unseen.linear * blend[:, 0] + unseen.network * blend[:, 1] + blend[:, 2]
    steps, alert_from = operating_points(odds, examples)
    scales = np.maximum(np.abs(heads.weights).max(axis=0), 1e-9) / WEIGHT_MAX
    model = Model(
        weights=np.round(heads.weights / scales).astype(np.int8),
        scales=scales.astype(np.float32),
        intercepts=heads.intercepts.astype(np.float32),
        network=network,
        blend=blend.astype(np.float32),
        steps=steps.astype(np.float32),
        alert_from=alert_from.astype(np.float32),
        categories=heads.categories,
    )
    return Built(model, odds)
