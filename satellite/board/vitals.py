"""How the toy's machine and its link are, for the hub: numbers, and the warnings that the toy logged."""

import logging
import os
import re
from collections import deque
from pathlib import Path
from typing import Final

from satellite.audio.jitter import PacketCounts
from satellite.clock import Clock
from satellite.wire.commands import MAX_WARNINGS, StatusReport, line

_PAGE_KB: Final = os.sysconf("SC_PAGE_SIZE") // 1024
_ROOT: Final = Path("/")


class Warnings(logging.Handler):
    """Holds what was logged as a warning or worse until `take`; past MAX_WARNINGS it only counts."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._held: deque[str] = deque(maxlen=MAX_WARNINGS - 1)
        self._more = 0

    def emit(self, record: logging.LogRecord) -> None:
        if len(self._held) == self._held.maxlen:
            self._more += 1
        else:
            self._held.append(line(f"{record.name}: {record.getMessage()}"))

    def take(self) -> tuple[str, ...]:
        """What came since the last time."""
        taken = (*self._held, *([f"and {self._more} more"] if self._more else []))
        self._held.clear()
        self._more = 0
        return taken


class Vitals:
    """One for the whole run of the program."""

    def __init__(self, clock: Clock, warnings: Warnings, root: Path = _ROOT) -> None:
        """`root` is where /proc and /sys are."""
        self.links = 0
        self.packets = PacketCounts()
        """Of the hub's sound."""
        self._clock = clock
        self._warnings = warnings
        self._root = root
        self._began_s = clock.monotonic()

    def report(self, round_trip_ms: float | None) -> StatusReport:
        """Takes the warnings with it."""
        pages = _number(self._root / "proc/self/statm", r"^\d+ (\d+)")
        return StatusReport(
            uptime_s=round(self._clock.monotonic() - self._began_s),
            links=self.links,
            lost=self.packets.lost,
            late=self.packets.late,
            round_trip_ms=None if round_trip_ms is None else round(round_trip_ms, 1),
            signal_dbm=signal[1] if (signal := wifi(self._root)) else None,
            cpu_celsius=celsius(self._root),
            memory_kb=pages and _PAGE_KB * pages,
            free_kb=_number(self._root / "proc/meminfo", r"^MemAvailable: +(\d+)"),
            warnings=self._warnings.take(),
        )


def wifi(root: Path = _ROOT) -> tuple[str, float] | None:
    """The first interface and its signal in dBm; None where no Wi-Fi is in use."""
    found = _search(root / "proc/net/wireless", r"^ *(\S+): +\S+ +\S+ +(-?\d+)")
    return (found[1], float(found[2])) if found else None


def celsius(root: Path = _ROOT) -> float | None:
    """Of the processor; None where the machine does not say."""
    thousandths = _number(root / "sys/class/thermal/thermal_zone0/temp", r"^(-?\d+)$")
    return None if thousandths is None else round(thousandths / 1000, 1)


def _number(path: Path, pattern: str) -> float | None:
    found = _search(path, pattern)
    return float(found[1]) if found else None


def _search(path: Path, pattern: str) -> re.Match[str] | None:
    """None also where there is no such file, as on a machine without Wi-Fi."""
    try:
        text = path.read_text("ascii", errors="replace")
    except OSError:
        return None
    return re.search(pattern, text, re.MULTILINE)
