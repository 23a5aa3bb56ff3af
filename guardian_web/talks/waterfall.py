"""A turn's waterfall: each piece of its work as a bar in time, worked out here and drawn by `_waterfall.html` as SVG.

Places are percent of the chart's width, from what came first to the end of the last work; speech itself, which goes on
at the pace of playing, may run out of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.domain.network_services import provider_label
from hub.domain.talks.talk import Turn
from hub.domain.talks.trace import Span, Work
from hub.translation import decimal, marked
from hub.translation import gettext as _

MAX_ROWS: Final = 60
MOST_BEFORE_MS: Final = 3000.0
"""What is shown of a child's own words, while which recognising goes on."""
WORK_WORDS: Final = {
    Work.STT: marked("Hearing"),
    Work.CHECK: marked("Checking"),
    Work.JUDGE: marked("Checking, on a server"),
    Work.RECALL: marked("Looking up"),
    Work.LLM: marked("Thinking"),
    Work.ACTIVITY: marked("Doing"),
    Work.TTS: marked("Making sound"),
    Work.SEND: marked("Playing"),
}


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    by: str
    when: str
    wait_x: float
    wait_width: float
    """Until its first result."""
    x: float
    width: float
    """From then on."""


@dataclass(frozen=True, slots=True)
class Waterfall:
    rows: Sequence[Row]
    zero: float
    """Where the child's last word ended."""
    left_out: int
    """How many rows more there were."""


def waterfall(turn: Turn) -> Waterfall | None:
    """None where nothing was measured."""
    if not turn.spans:
        return None
    spans = sorted(turn.spans, key=lambda span: span.start_ms)
    begins = max(min(0.0, spans[0].start_ms), -MOST_BEFORE_MS)
    # Playing counts up to its first sound.
    ends = [span.first_ms if span.work is Work.SEND else span.end_ms for span in spans]
    ends += [span.start_ms for span in spans]
    scale = 100 / (max(1.0, *(end for end in ends if end is not None)) - begins)

    def place(ms: float) -> float:
        return round(min(100.0, max(0.0, (ms - begins) * scale)), 2)

    rows = []
    for span in spans[:MAX_ROWS]:
        start, end = place(span.start_ms), 100.0 if span.end_ms is None else place(span.end_ms)
        first = end if span.first_ms is None else place(span.first_ms)
        rows.append(
            Row(
                what=_what(span),
                by=provider_label(span.provider) if span.provider else "",
                when=_when(span),
                wait_x=start,
                wait_width=round(first - start, 2),
                x=first,
                width=round(end - first, 2),
            )
        )
    return Waterfall(rows, place(0.0), len(spans) - len(rows))


def _what(span: Span) -> str:
    words = _(WORK_WORDS[span.work])
    return _("%(work)s, part %(number)s", work=words, number=span.clause) if span.clause else words


def _when(span: Span) -> str:
    start = _seconds(span.start_ms)
    if span.end_ms is None:
        words = _("from %(start)s s, not finished", start=start)
    else:
        words = _("%(start)s to %(end)s s", start=start, end=_seconds(span.end_ms))
    if span.failed:
        return _("%(when)s: it failed", when=words)
    if span.discarded:
        return _("%(when)s: not used, as the child went on", when=words)
    if span.first_ms is None:
        return words
    return _("%(when)s, first result at %(first)s s", when=words, first=_seconds(span.first_ms))


def _seconds(ms: float) -> str:
    return decimal(ms / 1000, 2)
