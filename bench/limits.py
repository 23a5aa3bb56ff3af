"""Children at play with random limits: does any sentence begin that none may, is any cut, is any refusal silent?

Two parts, each against the plain model of `tests/domain/play/model.py`, which was written apart: families whose turns
and sentences are reckoned by the rules alone, second by second; and one in TURNS_OF of them in whole turns of the real
pipeline, guard and database, which is closed and opened anew amid the days. Both on every core. A run that was stopped
goes on where it was, unless the code has changed since. See docs/limits.md.
"""

import asyncio
import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.domain.play.schedules import Family, Outcome
from tests.pipeline.limit_turns import TalkingFamily

TIMES = 10_000
TURNS_OF = 100
RULES_AT_ONCE = 50
TURNS_AT_ONCE = 5
ROOT = Path(__file__).parent.parent
STOPPED = ROOT / "bench" / "out" / "limits.stopped.jsonl"
"""What a run that isn't over has found so far."""
CODE = ("hub", "tests/domain/play", "tests/pipeline")


async def run(console: Console, times: int = TIMES) -> list[dict[str, object]]:
    """A row for each part."""
    rows = await asyncio.to_thread(play, console, times)
    table = Table(*rows[0], title="limits")
    for row in rows:
        table.add_row(*map(str, row.values()))
    console.print(table)
    return rows


def play(console: Console, times: int, stopped: Path = STOPPED) -> list[dict[str, object]]:
    talks = times // TURNS_OF
    kept = Kept(stopped)
    reckoned = in_shares(reckon, range(0, times, RULES_AT_ONCE), times, kept, console)
    talked = in_shares(talk, range(0, talks, TURNS_AT_ONCE), talks, kept, console)
    stopped.unlink(missing_ok=True)
    not_reckoned = {"cut_sentences": None, "silent_refusals": None}
    return [
        {"part": "rules", "schedules": times, **reckoned, **not_reckoned},
        {"part": "turns", "schedules": talks, **talked},
    ]


class Kept:
    """A line in a file for each share of the families that is done, by the code as it is now."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._code = _hash_of_code()
        self._found: dict[str, dict[str, int]] = {}
        if file.exists():
            for line in file.read_text("utf-8").splitlines():
                code, share, found = json.loads(line)
                if code == self._code:
                    self._found[share] = found

    def of(self, share: str) -> dict[str, int] | None:
        return self._found.get(share)

    def keep(self, share: str, found: dict[str, int]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps([self._code, share, found]) + "\n")


def in_shares(
    work: Callable[[range], dict[str, int]],
    starts: range,
    families: int,
    kept: Kept,
    console: Console,
) -> Counter[str]:
    """The sums of what was found, in this run and in one that was stopped."""
    total: Counter[str] = Counter()
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        waiting = {}
        for first in starts:
            seeds = range(first, min(first + starts.step, families))
            name = f"{work.__name__} {seeds.start} to {seeds.stop}"
            if found := kept.of(name):
                total.update(found)
            else:
                waiting[processes.submit(work, seeds)] = name
        told = f"{work.__name__}: {families} families"
        for done in track(as_completed(waiting), told, len(waiting), console=console):
            total.update(done.result())
            kept.keep(waiting[done], done.result())
    return total


def reckon(seeds: range) -> dict[str, int]:
    """By the rules alone."""
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


def talk(seeds: range) -> dict[str, int]:
    """In whole turns."""
    total: Counter[str] = Counter()
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="pommai-bench-") as folder:
            total.update(asdict(asyncio.run(TalkingFamily(seed, Path(folder)).play())))
    return total


def _hash_of_code() -> str:
    found = hashlib.sha256()
    for folder in CODE:
        for file in sorted((ROOT / folder).rglob("*.py")):
            found.update(file.read_bytes())
    return found.hexdigest()
