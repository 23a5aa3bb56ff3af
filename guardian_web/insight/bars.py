"""A chart of bars, worked out here and drawn by `_bars.html` as SVG, without a script or a style of its own.

Places are percent of the chart's width and pixels of its height, so that letters are as large on a phone
as on a desk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.translation import gettext as _

HEIGHT_PX: Final = 120
MAX_LABELS: Final = 7
"""As many as stand beside each other on a phone."""
BAR_SHARE: Final = 0.7
"""Of its column; the rest is the gap to the next."""


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    """Percent, of its left side."""
    width: float
    y: int
    height: int
    part_y: int
    part_height: int
    """Of the part of it that is marked, from the bottom; 0 where there is none."""
    middle: float
    label: str
    """"" where there is no room for one."""


@dataclass(frozen=True, slots=True)
class Chart:
    id: str
    summary: str
    """What a reader who can't see it hears instead."""
    caption: str
    bars: Sequence[Bar]
    height: int = HEIGHT_PX


def bar_chart(
    id: str,  # noqa: A002 - an element's
    title: str,
    rows: Sequence[tuple[str, float, float]],
) -> Chart:
    """`rows`: each bar's label, its value, and how much of that is marked."""
    most = max((value for _day, value, _part in rows), default=0)
    scale = HEIGHT_PX / most if most else 0
    column = 100 / max(1, len(rows))
    every = -(-len(rows) // MAX_LABELS)
    bars = []
    for place, (label, value, part) in enumerate(rows):
        height, part_height = round(value * scale), round(part * scale)
        bars.append(
            Bar(
                x=round(column * (place + (1 - BAR_SHARE) / 2), 2),
                width=round(column * BAR_SHARE, 2),
                y=HEIGHT_PX - height,
                height=height,
                part_y=HEIGHT_PX - part_height,
                part_height=part_height,
                middle=round(column * (place + 0.5), 2),
                # From the last one back, so that today always has its name.
                label=label if (len(rows) - 1 - place) % every == 0 else "",
            )
        )
    whole = sum(value for _day, value, _part in rows)
    caption = _(
        "%(whole)s in all, at most %(most)s on one day.", whole=f"{whole:.0f}", most=f"{most:.0f}"
    )
    return Chart(id, f"{title}: {caption}", caption, bars)
