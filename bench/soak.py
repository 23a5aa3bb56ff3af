"""A hub and two toys that are talked to without a pause: what grows with time.

Toys talk at the highest pace, strangers knock at every port now and then, and each minute memory, descriptors, threads
and the time of an answer are read. Held: none of them is higher in the last quarter than in the second, within
what their own noise explains; the first quarter is for what is made once. See docs/measuring.md.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

import psutil
from rich.console import Console
from rich.table import Table

from bench.hostile.attacker import attacking
from bench.hostile.home import Home, home
from bench.hostile.kinds import kinds
from bench.peers.results import quantile, rounded

MINUTES = 60.0
ANSWERS_S = 2.0
READS = 60
"""Times that everything is read, over the whole."""
KNOCKS = 30
KNOCKS_S = 4.0
"""Connections of one kind at each port at once, and for so long at most, before each reading."""
MAX_GROWTH_MB = 8.0
MAX_MORE_FILES = 5
MAX_MORE_THREADS = 2
MAX_SLOWER_MS = 50.0
Row = dict[str, float | None]


async def run(console: Console, minutes: float = MINUTES) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="pommai-bench-") as folder:
        async with home(Path(folder), level="warning") as family:
            rows = await _watched(family, 60 * minutes, console)
    first, last = _typical(_quarter(rows, 1)), _typical(_quarter(rows, 3))
    shown = Table(title=f"{minutes:g} minutes: the second quarter and the last one, medians")
    for title in ("", "second", "last"):
        shown.add_column(title, justify="right" if title else "left")
    for name in first:
        shown.add_row(name.replace("_", " "), str(first[name]), str(last[name]))
    console.print(shown)
    return {"second": first, "last": last, "held": is_flat(first, last), "rows": rows}


async def _watched(family: Home, seconds: float, console: Console) -> list[Row]:
    rows: list[Row] = []
    began_s = since_s = time.monotonic()
    with console.status("talking") as status:
        for number in range(READS):
            await _knock(family, number)
            await asyncio.sleep(began_s + seconds * (number + 1) / READS - time.monotonic())
            until_s = time.monotonic() - ANSWERS_S
            rows.append(
                _read(family, since_s, until_s) | {"minute": round((until_s - began_s) / 60, 1)}
            )
            since_s = until_s
            status.update(f"{rows[-1]}")
    return rows


async def _knock(family: Home, number: int) -> None:
    """One kind of stranger at each port, another each time."""
    async with AsyncExitStack() as attacks:
        for port in family.ports():
            names = list(kinds(port.speaks, tls=port.tls))
            attack = attacking(port, names[number % len(names)], 4, KNOCKS)
            await attacks.enter_async_context(attack)
        await asyncio.sleep(KNOCKS_S)


def _read(family: Home, since_s: float, until_s: float) -> Row:
    turns = family.turns(None, since_s, until_s)
    found_ms = [1000 * (t.sounded_s - t.spoke_until_s) for t in turns if t.sounded_s is not None]
    row: Row = {
        "turns": len(turns),
        "unanswered": len(turns) - len(found_ms),
        "p50_ms": rounded(quantile(found_ms, 0.5)),
        "p95_ms": rounded(quantile(found_ms, 0.95)),
    }
    for name, pid in family.programs().items():
        process = psutil.Process(pid)
        row[f"{name}_mb"] = round(process.memory_info().rss / 2**20, 1)
        row[f"{name}_files"] = process.num_fds()
        row[f"{name}_threads"] = process.num_threads()
    return row


def _quarter(rows: Sequence[Row], number: int) -> Sequence[Row]:
    return rows[len(rows) * number // 4 : len(rows) * (number + 1) // 4]


def _typical(rows: Sequence[Row]) -> dict[str, float]:
    """The median of each."""
    found = {name: [value for row in rows if (value := row[name]) is not None] for name in rows[0]}
    return {name: round(median(values), 1) for name, values in found.items() if values}


def is_flat(first: dict[str, float], last: dict[str, float]) -> bool:
    room = {
        "mb": MAX_GROWTH_MB,
        "files": MAX_MORE_FILES,
        "threads": MAX_MORE_THREADS,
        "ms": MAX_SLOWER_MS,
    }
    return all(
        last[name] - first[name] <= room[unit]
        for name in first
        if (unit := name.rpartition("_")[2]) in room
    )
