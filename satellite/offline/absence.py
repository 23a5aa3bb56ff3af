"""What happened since the toy's hub was last there, as it is counted, kept, and told to that hub."""

import os
from typing import Final, NamedTuple, Self

from satellite.clock import BUILT_S
from satellite.wire.phrases import MAX_AGE_S, MAX_COUNT, OfflineReport

_MAX_S: Final = 1e11


class AbsenceRecord(NamedTuple):
    on_s: float = 0.0
    """How long the toy was switched on."""
    contact_epoch_s: float = 0.0
    """By the machine's clock then, which may have been wrong; 0 when unknown."""
    lines: int = 0
    first_s: float = 0.0
    """By `on_s`, when the first line was said."""
    last_s: float = 0.0
    """By `on_s`, when the last line was said."""
    said: int = 0
    """Which of the lines that it carries that was, from 1."""
    number: int = 0
    """By which the hub knows all this again, when it is told twice."""
    first_epoch_s: float = 0.0
    """By the machine's clock, when the first line was said."""

    @classmethod
    def of_file(cls, kept: object) -> Self:
        """What doesn't fit is as if nothing was kept."""
        found = cls()._asdict() | (kept if isinstance(kept, dict) else {})
        numbers = {
            name: float(value)
            for name in cls._fields
            if isinstance(value := found.get(name), int | float) and 0 <= value < _MAX_S
        }
        if len(numbers) < len(cls._fields):
            return cls()
        lines, said, number = (int(numbers.pop(name)) for name in ("lines", "said", "number"))
        return cls(lines=min(lines, MAX_COUNT), said=said, number=number, **numbers)

    def met(self, epoch_s: float) -> "AbsenceRecord":
        """Its hub is there, and knows of all lines."""
        return AbsenceRecord(contact_epoch_s=epoch_s, said=self.said)

    def with_line(self, said: int, epoch_s: float) -> Self:
        """One more was said, now: that one of those that it carries, from 1."""
        count = self
        if not self.lines:
            number = int.from_bytes(os.urandom(4), "big")
            count = self._replace(first_s=self.on_s, first_epoch_s=epoch_s, number=number)
        lines = min(self.lines + 1, MAX_COUNT)
        return count._replace(lines=lines, last_s=self.on_s, said=said)

    def age_s(self, epoch_s: float) -> float:
        """Since the hub was there, at least; `epoch_s` is what the machine's clock says now."""
        by_clock_s = epoch_s - self.contact_epoch_s if self.contact_epoch_s else 0.0
        return max(self.on_s, by_clock_s)

    def told(self, epoch_s: float) -> OfflineReport | None:
        """For the hub; None when no line was said.

        A clock that stood still while the toy was off makes the first line older than it is by at most what it was
        off before that; counting what it was on makes it younger by all that it was off since.
        """
        if not self.lines:
            return None
        first_s, last_s = self.on_s - self.first_s, max(0.0, self.on_s - self.last_s)
        if self.first_epoch_s >= BUILT_S:
            first_s = max(first_s, min(epoch_s - self.first_epoch_s, MAX_AGE_S))
        return OfflineReport(str(self.number), self.lines, max(first_s, last_s), last_s)
