"""How the toy's machine and its link are, for the hub: numbers, and the warnings that the toy logged."""

import logging
import os
from collections import deque
from pathlib import Path
from typing import Final

from satellite.clock import Clock
from satellite.jitter import Counts
from satellite.wire_home import WARNINGS_MOST, Report, line

_PAGE_KB: Final = os.sysconf("SC_PAGE_SIZE") // 1024
_ROOT: Final = Path("/")


class Warnings(logging.Handler):
    """Holds what was logged as a warning or worse until `take`; past WARNINGS_MOST it only counts."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._held: deque[str] = deque(maxlen=WARNINGS_MOST - 1)
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
        self.packets = Counts()
        """Of the hub's sound."""
        self._clock = clock
        self._warnings = warnings
        self._root = root
        self._began_s = clock.monotonic()

    def report(self, round_trip_ms: float | None) -> Report:
        """Takes the warnings with it."""
        return Report(
            uptime_s=round(self._clock.monotonic() - self._began_s),
            links=self.links,
            lost=self.packets.lost,
            late=self.packets.late,
            round_trip_ms=None if round_trip_ms is None else round(round_trip_ms, 1),
            signal_dbm=_signal_dbm(_text(self._root / "proc/net/wireless")),
            cpu_celsius=_celsius(_text(self._root / "sys/class/thermal/thermal_zone0/temp")),
            memory_kb=_resident_kb(_text(self._root / "proc/self/statm")),
            free_kb=_free_kb(_text(self._root / "proc/meminfo")),
            warnings=self._warnings.take(),
        )


def _text(path: Path) -> str:
    """Empty where there is none, as on a machine without Wi-Fi."""
    try:
        return path.read_text("ascii", errors="replace")
    except OSError:
        return ""


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _signal_dbm(wireless: str) -> float | None:
    """Of the first interface: two lines of heading, then ` wlan0: 0000   54.  -56.  -256 …`."""
    for row in wireless.splitlines()[2:]:
        fields = row.split()
        if len(fields) > 3:
            return _number(fields[3])
    return None


def _celsius(thousandths: str) -> float | None:
    value = _number(thousandths)
    return None if value is None else round(value / 1000, 1)


def _resident_kb(statm: str) -> float | None:
    fields = statm.split()
    pages = _number(fields[1]) if len(fields) > 1 else None
    return None if pages is None else pages * _PAGE_KB


def _free_kb(meminfo: str) -> float | None:
    for row in meminfo.splitlines():
        if row.startswith("MemAvailable:"):
            return _number(row.split()[1])
    return None
