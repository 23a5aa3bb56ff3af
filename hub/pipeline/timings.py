"""When each step of a turn happened, counted from the end of the child's speech."""

from collections.abc import Callable

from hub.domain.clock import Clock


class Timings:
    """Marks of one turn, in milliseconds after `zero`; `on_mark(step, ms)` is told of each.

    A step that happens twice keeps its first mark.
    """

    def __init__(self, clock: Clock, on_mark: Callable[[str, float], None]) -> None:
        self._clock = clock
        self._on_mark = on_mark
        self._zero = clock.monotonic()
        self.marks_ms: dict[str, float] = {}

    def zero(self, ago_ms: float = 0.0) -> None:
        """Count from `ago_ms` before now: the end of speech is known only after some silence."""
        self._zero = self._clock.monotonic() - ago_ms / 1000

    def mark(self, step: str) -> None:
        if step not in self.marks_ms:
            elapsed_ms = round(1000 * (self._clock.monotonic() - self._zero), 1)
            self.marks_ms[step] = elapsed_ms
            self._on_mark(step, elapsed_ms)
