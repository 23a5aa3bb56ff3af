"""Picks the odds from which the classifier stops a text: so few false alarms that a family keeps it on.

Three sorts of safe text bound each threshold: everyday talk, which may hardly ever be stopped, long
sentences, and talk that only sounds unsafe. All odds must be of texts that the model was not fitted on.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.guard.lines import LONG, Example
from hub.domain.safety import Direction, SafetyLevel
from hub.safety.classifier.model import ALERT_HEAD, LADDER, STOP_HEADS

EVERYDAY_FALSE = {
    SafetyLevel.STRICT: 0.014,
    SafetyLevel.MODERATE: 0.013,
    SafetyLevel.RELAXED: 0.007,
}
"""Of everyday lines, the share that each level may stop."""
REQUESTS_FALSE = {
    SafetyLevel.STRICT: 0.018,
    SafetyLevel.MODERATE: 0.013,
    SafetyLevel.RELAXED: 0.009,
}
"""The same of ordinary requests to an assistant."""
SOUNDS_UNSAFE_FALSE = {
    SafetyLevel.STRICT: 0.08,
    SafetyLevel.MODERATE: 0.07,
    SafetyLevel.RELAXED: 0.05,
}
"""The same of safe lines that were written to sound unsafe, in the very words of unsafe ones."""
LONG_FALSE = {
    SafetyLevel.STRICT: 0.06,
    SafetyLevel.MODERATE: 0.04,
    SafetyLevel.RELAXED: 0.03,
}
"""The same of long harmless sentences, which are strange to what learned from short ones."""
TOY_SHARE = 0.5
"""Of all these, the part that a toy's own lines may be stopped: it would break off in the middle of an answer."""
ALERT_FALSE, ALERT_EVERYDAY_FALSE = 0.03, 0.01
"""Of what a child says that needs no alert, and of its everyday lines, the share that may raise one."""
LOOSER = {7: 1, 6: 2, 5: 1, 4: 2, 3: 1, 2: 3, 1: 8}
"""How many times as many false alarms each rung of the ladder may make as the level itself."""
REQUESTS = frozenset({"clinc150", "hwu64"})
"""Sources of ordinary requests to an assistant."""
FROM_GRAMMAR = "everyday_grammar"
"""Lines of this file are too alike to count as a measure."""

Array = NDArray[np.float64]


def operating_points(odds: Array, examples: Sequence[Example]) -> tuple[Array, Array]:
    """Least odds for each rung of LADDER and for an alert, a row a direction.

    Only a child's words raise an alert; a toy's are stopped before anybody hears them.
    """
    steps = np.full((len(Direction), len(LADDER)), np.inf)
    alert_from = np.full(len(Direction), np.inf)
    for row, direction in enumerate(Direction):
        said = np.array([one.direction is direction for one in examples])
        measured = said & np.array([one.source != FROM_GRAMMAR for one in examples])
        safe = np.array([not one.unsafe for one in examples])
        everyday = measured & safe & np.array([one.like == "everyday" for one in examples])
        long = measured & safe & np.array([one.like == LONG for one in examples])
        requests = everyday & np.array([one.source in REQUESTS for one in examples])
        everyday &= ~requests
        sounds = measured & safe & ~everyday & ~long & ~requests
        share = TOY_SHARE if direction is Direction.TOY else 1.0
        for place, (severity, level) in enumerate(LADDER):
            column = odds[:, STOP_HEADS.index(level)]
            looser = LOOSER[severity] * share
            bounds = [
                least_odds(column[everyday], EVERYDAY_FALSE[level] * looser),
                least_odds(column[sounds], SOUNDS_UNSAFE_FALSE[level] * looser),
            ]
            bounds += [
                least_odds(column[kind], false[level] * looser)
                for kind, false in ((long, LONG_FALSE), (requests, REQUESTS_FALSE))
                if kind.any()
            ]
            steps[row, place] = max(bounds)
        if direction is Direction.CHILD:
            calm = measured & np.array(
                [not one.look and (one.alert is False or not one.unsafe) for one in examples]
            )
            alert_from[row] = max(
                least_odds(odds[calm, ALERT_HEAD], ALERT_FALSE),
                least_odds(odds[everyday, ALERT_HEAD], ALERT_EVERYDAY_FALSE),
            )
    return steps, alert_from


def least_odds(safe: Array, share: float) -> float:
    """The least odds that at most `share` of the safe texts reach."""
    if not len(safe):
        return np.inf
    highest = np.sort(safe)[::-1]
    allowed = min(int(share * len(safe)), len(safe) - 1)
    return float(np.nextafter(np.float32(highest[allowed]), np.float32(np.inf)))
