"""What the classifier is to say of each text, and how much a mistake costs: the same for all that learn it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.guard.lines import Example
from hub.domain.safety import Direction, SafetyLevel
from hub.safety.classifier.model import STOP_HEADS

EVERYDAY_WEIGHT = 3.0
"""A false alarm on everyday talk costs so many times more than another mistake."""
BORDERLINE_WEIGHT = 0.3
"""Stopping what is only fit for older children costs less than stopping what is fit for all."""

Array = NDArray[np.float64]


def wanted(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """A row a text: must it be stopped at each of STOP_HEADS, must a parent be told."""
    rows = [[*(level in one.levels for level in STOP_HEADS), bool(one.alert)] for one in examples]
    return np.array(rows, bool)


def costs(examples: Sequence[Example]) -> Array:
    """Of a mistake in each of `wanted`; 0 where either answer is fine."""
    rows = [
        [
            cost_of(one) * share
            for share in (*(_share(one, level) for level in STOP_HEADS), tells(one))
        ]
        for one in examples
    ]
    return np.array(rows, np.float64)


def cost_of(one: Example) -> float:
    return one.weight * EVERYDAY_WEIGHT if one.like == "everyday" else one.weight


def tells(one: Example) -> bool:
    """Whether it says anything of alerts, which only a child's words raise."""
    sure = not one.look and (one.alert is not None or not one.unsafe)
    return sure and one.direction is Direction.CHILD


def _share(one: Example, level: SafetyLevel) -> float:
    if level in one.either:
        return 0.0
    return BORDERLINE_WEIGHT if one.unsafe and level not in one.levels else 1.0
