"""Picks the odds from which the classifier stops a text: so few false alarms that a family keeps it on.

Each sort of safe text (`sort_of`) bounds each threshold. All odds must be of texts that the model was not fitted on.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.guard.lines import LONG, Example
from hub.domain.safety import Direction
from hub.safety.classifier.model import ALERT_HEAD, LADDER, STOP_HEADS

EVERYDAY, REQUESTS, SOUNDS_UNSAFE = "everyday", "requests", "sounds unsafe"
MAY_STOP = {
    EVERYDAY: (0.019, 0.017, 0.009),
    REQUESTS: (0.018, 0.013, 0.009),
    LONG: (0.06, 0.04, 0.03),
    SOUNDS_UNSAFE: (0.08, 0.07, 0.05),
}
"""The share of each sort of safe text that strict, moderate and relaxed may stop."""
TOY_SHARE = 0.5
"""Of all these, the part that a toy's own lines may be stopped: it would break off in the middle of an answer."""
ALERT_FALSE, ALERT_EVERYDAY_FALSE = 0.03, 0.01
"""Of what a child says that needs no alert, and of its everyday lines, the share that may raise one."""
LOOSER = {7: 1, 6: 2, 5: 1, 4: 2, 3: 1, 2: 3, 1: 8}
"""How many times as many false alarms each rung of the ladder may make as the level itself."""
_REQUESTS_FROM = frozenset({"clinc150", "hwu64"})
FROM_GRAMMAR = "everyday_grammar"
"""Lines of this file are too alike to count as a measure."""

Array = NDArray[np.float64]


def operating_points(odds: Array, examples: Sequence[Example]) -> tuple[Array, Array]:
    """Least odds for each rung of LADDER and for an alert, a row a direction.

    Only a child's words raise an alert; a toy's are stopped before anybody hears them.
    """
    steps = np.full((len(Direction), len(LADDER)), np.inf)
    alert_from = np.full(len(Direction), np.inf)
    sorts = np.array([sort_of(one) for one in examples])
    for row, direction in enumerate(Direction):
        said = np.array([one.direction is direction for one in examples])
        share = TOY_SHARE if direction is Direction.TOY else 1.0
        for place, (severity, level) in enumerate(LADDER):
            column = odds[:, STOP_HEADS.index(level)]
            looser = LOOSER[severity] * share
            bounds = [
                least_odds(column[said & (sorts == sort)], may[STOP_HEADS.index(level)] * looser)
                for sort, may in MAY_STOP.items()
                if (said & (sorts == sort)).any()
            ]
            steps[row, place] = max(bounds, default=np.inf)
        if direction is Direction.CHILD:
            alerts = odds[:, ALERT_HEAD]
            alert_from[row] = max(
                least_odds(alerts[said & np.array([_calm(one) for one in examples])], ALERT_FALSE),
                least_odds(alerts[said & (sorts == EVERYDAY)], ALERT_EVERYDAY_FALSE),
            )
    return steps, alert_from


def sort_of(one: Example) -> str:
    """Which of MAY_STOP bounds it; "" for a text that bounds nothing."""
    if one.unsafe or one.misheard or one.source == FROM_GRAMMAR:
        return ""
    if one.source in _REQUESTS_FROM:
        return REQUESTS
    return one.like if one.like in (EVERYDAY, LONG) else SOUNDS_UNSAFE


def _calm(one: Example) -> bool:
    """Whether it surely needs no alert."""
    sure = not one.look and (one.alert is False or not one.unsafe)
    return sure and not one.misheard and one.source != FROM_GRAMMAR


def least_odds(safe: Array, share: float) -> float:
    """The least odds that at most `share` of the safe texts reach."""
    if not len(safe):
        return np.inf
    highest = np.sort(safe)[::-1]
    allowed = min(int(share * len(safe)), len(safe) - 1)
    return float(np.nextafter(np.float32(highest[allowed]), np.float32(np.inf)))
