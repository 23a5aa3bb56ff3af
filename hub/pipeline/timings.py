"""When each step and each piece of work of a turn happened, counted from the end of the child's speech."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from hub.domain.clock import Clock
from hub.domain.talks.trace import Span, Work
from hub.errors import ProviderError

MAX_SPANS = 200
"""A turn's spans past this are not kept: some forty clauses."""


class Timings:
    """Marks and spans of one turn, in milliseconds after `zero`; `on_mark(step, ms)` is told of each mark.

    A step that happens twice keeps its first mark.
    """

    def __init__(self, clock: Clock, on_mark: Callable[[str, float], None]) -> None:
        self.clock = clock
        self.on_mark = on_mark
        self._zero = clock.monotonic()
        self.clause_numbers: dict[str, int] = {}
        self.marks_ms: dict[str, float] = {}
        self.spans: list[Span] = []

    def zero(self, ago_ms: float = 0.0) -> None:
        """Count from `ago_ms` before now: the end of speech is known only after some silence."""
        before, self._zero = self._zero, self.clock.monotonic() - ago_ms / 1000
        for span in self.spans:
            _shift(span, 1000 * (before - self._zero))

    def mark(self, step: str) -> None:
        if step not in self.marks_ms:
            elapsed_ms = self.elapsed_ms()
            self.marks_ms[step] = elapsed_ms
            self.on_mark(step, elapsed_ms)

    def insert(self, marked_s: Mapping[str, float]) -> None:
        """Marks that were made at these moments by the clock, on either side of others."""
        for step, at_s in marked_s.items():
            if step not in self.marks_ms:
                self.marks_ms[step] = self.ms_at(at_s)
                self.on_mark(step, self.marks_ms[step])
        in_order = sorted(self.marks_ms.items(), key=lambda mark: mark[1])
        self.marks_ms.clear()
        self.marks_ms.update(in_order)

    def elapsed_ms(self) -> float:
        return self.ms_at(self.clock.monotonic())

    def since_decided_s(self) -> float:
        """Seconds since the child's turn was over, or since it began where it was typed."""
        return (self.elapsed_ms() - self.marks_ms.get("endpoint", 0.0)) / 1000

    def begin(self, work: Work, provider: str = "", clause: str = "") -> "Measure":
        """Work on `clause`, or on the whole turn, begins now."""
        number = (
            self.clause_numbers.setdefault(clause, len(self.clause_numbers) + 1) if clause else 0
        )
        span = Span(work, self.elapsed_ms(), provider, number)
        if len(self.spans) < MAX_SPANS:
            self.spans.append(span)
        return Measure(span, self)

    @asynccontextmanager
    async def span(
        self, work: Work, provider: str = "", clause: str = ""
    ) -> "AsyncIterator[Measure]":
        """The work that is done within; a ProviderError marks it as failed.

        Waits for nothing; async, so that it stands in one `async with` beside a provider's stream.
        """
        measure = self.begin(work, provider, clause)
        try:
            yield measure
        except ProviderError:
            measure.fail()
            raise
        finally:
            measure.end()

    def fail(self, work: Work, provider: str) -> None:
        """The provider's last such work was ended from outside, as it took too long."""
        for span in reversed(self.spans):
            if (span.work, span.provider) == (work, provider):
                span.failed = True
                return

    def fail_unfinished(self) -> str:
        """The work that was waited for took too long; gives whose it was, "" where nobody's goes on."""
        for span in reversed(self.spans):
            if span.end_ms is None and not span.discarded and span.work is not Work.SEND:
                span.failed = True
                return span.provider or span.work
        return ""

    def ms_at(self, at_s: float) -> float:
        """Milliseconds after `zero` at a moment of the clock."""
        return round(1000 * (at_s - self._zero), 1)


class DraftTimings(Timings):
    """Timings of work that may come to nothing. Its spans stand among the turn's; its marks wait for `keep`."""

    def __init__(self, turn: Timings) -> None:
        super().__init__(turn.clock, turn.on_mark)
        self._turn = turn
        self.marks_ms = turn.marks_ms
        self.spans = turn.spans
        self.clause_numbers = turn.clause_numbers
        self._kept = False
        self._marked_s: dict[str, float] = {}
        self._own: list[Span] = []

    def zero(self, ago_ms: float = 0.0) -> None:
        self._turn.zero(ago_ms)

    def mark(self, step: str) -> None:
        if self._kept:
            self._turn.mark(step)
        else:
            self._marked_s.setdefault(step, self.clock.monotonic())

    def begin(self, work: Work, provider: str = "", clause: str = "") -> "Measure":
        measure = super().begin(work, provider, clause)
        self._own.append(measure.span)
        return measure

    def keep(self) -> None:
        """It was the turn's own work. To be called once the turn's `zero` is known."""
        if not self._kept:
            self._kept = True
            self._turn.insert(self._marked_s)

    def discard(self) -> None:
        if not self._kept:
            for span in self._own:
                span.discarded = True

    def ms_at(self, at_s: float) -> float:
        return self._turn.ms_at(at_s)


class Measure:
    """Writes one span while its work goes on."""

    def __init__(self, span: Span, timings: Timings) -> None:
        self.span = span
        self._timings = timings

    def first(self) -> None:
        """A result is there; only the first counts."""
        if self.span.first_ms is None:
            self.span.first_ms = self._timings.elapsed_ms()

    def end(self) -> None:
        """It is done, or went on until now."""
        self.span.end_ms = self._timings.elapsed_ms()

    def fail(self) -> None:
        self.span.failed = True


def _shift(span: Span, by_ms: float) -> None:
    span.start_ms = round(span.start_ms + by_ms, 1)
    if span.first_ms is not None:
        span.first_ms = round(span.first_ms + by_ms, 1)
    if span.end_ms is not None:
        span.end_ms = round(span.end_ms + by_ms, 1)
