"""Children at play with random limits: does any sentence begin that none may, is any cut, is any refusal silent?

Two parts, each against the plain model of `tests/domain/play/model.py`, which was written apart: families whose turns
and sentences are reckoned by the rules alone, second by second; and one in TURNS_OF of them in whole turns of the real
pipeline, guard and database, which is closed and opened anew amid the days. See docs/limits.md.
"""

import asyncio
import os
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.domain.play.schedules import Family, Outcome
from tests.pipeline.limit_turns import TalkingFamily

TIMES = 10_000
TURNS_OF = 100
FAMILIES_AT_ONCE = 50


async def run(console: Console, times: int = TIMES) -> list[dict[str, object]]:
    """A row for each part."""
    reckoned = await asyncio.to_thread(reckon, times)
    talked = await talk(times // TURNS_OF)
    rows: list[dict[str, object]] = [
        {
            "part": "rules",
            "schedules": times,
            **reckoned,
            "cut_sentences": None,
            "silent_refusals": None,
        },
        {"part": "turns", "schedules": times // TURNS_OF, **talked},
    ]
    table = Table(*rows[0], title="limits")
    for row in rows:
        table.add_row(*map(str, row.values()))
    console.print(table)
    return rows


def reckon(times: int) -> Counter[str]:
    """By the rules alone, on every core."""
    starts = range(0, times, FAMILIES_AT_ONCE)
    shares = [range(first, min(first + FAMILIES_AT_ONCE, times)) for first in starts]
    total: Counter[str] = Counter()
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        for found in processes.map(_share, shares):
            total.update(found)
    return total


def _share(seeds: range) -> dict[str, int]:
    outcome = Outcome()
    for seed in seeds:
        Family.random(seed).play(outcome)
    lists = {"overruns": outcome.overruns, "wrongly_refused": outcome.wrongly_refused}
    counts = {name: len(found) for name, found in lists.items()}
    return {
        "turns": outcome.turns,
        "refusals": outcome.refusals,
        "sentences": outcome.sentences,
        **counts,
    }


async def talk(families: int) -> Counter[str]:
    """In whole turns."""
    total: Counter[str] = Counter()
    for seed in range(families):
        with tempfile.TemporaryDirectory(prefix="pommai-bench-") as folder:
            total.update(asdict(await TalkingFamily(seed, Path(folder)).play()))
    return total
