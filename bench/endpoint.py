"""How often the toy cuts in on a child who stops to think, and how long a child who has finished waits.

Synthetic voices say what children say, with pauses of 200 to 1800 ms where they would think; the hub's own
detector, recogniser and rules hear it. Only sentences and voices count that were held back from tuning.
See docs/measuring.md.
"""

import asyncio
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from functools import partial

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.turns.hearing import Ears, Heard
from bench.turns.recordings import Job, missing, plan, record
from bench.turns.replay import Fixed, Recogniser, Score, Way, ended_at_ms, real, score, true_words
from hub.config import TurnSection
from hub.domain.talk import Transcript
from hub.domain.toys import Patience
from hub.pipeline.listen.endpoint import Endpointer, Waiting

ROWS_ONLY = True
WORKERS = 2
VOICES_A_SENTENCE = 2
SHARE = 12
"""Recordings that one process hears before it reports."""
FIXED_MS = (300, 700, 1200)
BETTER_MS = 150.0
"""What a recogniser that makes no mistakes is given to answer."""


class Ours:
    """As the hub ships, for a toy of normal patience."""

    def __init__(self) -> None:
        self._waiting = Waiting(TurnSection(), Patience.NORMAL, "en")
        self.resumed()

    def resumed(self) -> None:
        self.wait_ms = self._waiting.longest_ms

    def heard(self, words: Transcript, ears: Endpointer) -> None:
        self.wait_ms = self._waiting.after(words, ears)


async def run(console: Console) -> dict[str, dict[str, float | int]]:
    if problem := missing():
        raise SystemExit(problem)
    jobs = list(plan(held=True, voices_a_sentence=VOICES_A_SENTENCE))
    heard = await asyncio.to_thread(hear, jobs, console)
    scores = compare(heard)
    console.print(_table(scores))
    return {name: asdict(one) for name, one in scores.items()}


def compare(heard: Sequence[Heard]) -> dict[str, Score]:
    """Ours, ours with a recogniser that makes no mistakes, and fixed silences."""

    def of(way: Callable[[], Way], recogniser: Recogniser) -> Score:
        return score(heard, lambda one: ended_at_ms(one, way(), recogniser))

    return {
        "pommai": of(Ours, real),
        "pommai_true_words": of(Ours, true_words(BETTER_MS)),
    } | {f"fixed_{ms}": of(partial(Fixed, ms), real) for ms in FIXED_MS}


def hear(jobs: Sequence[Job], console: Console) -> list[Heard]:
    """What the hub's ears make of each recording; it takes minutes."""
    shares = [jobs[at : at + SHARE] for at in range(0, len(jobs), SHARE)]
    apart = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=apart) as pool:
        work = [pool.submit(_hear_share, share) for share in shares]
        done = track(
            as_completed(work),
            f"hearing {len(jobs)} recordings",
            total=len(work),
            console=console,
            transient=True,
        )
        for _ in done:
            pass
        return [heard for share in work for heard in share.result()]


def _hear_share(jobs: Sequence[Job]) -> list[Heard]:
    ears = Ears()
    return [ears.hear(record(job)) for job in jobs]


def _table(scores: dict[str, Score]) -> Table:
    shown = Table(title="End of turn")
    for title in ("", "cut in", "of turns", "share", "mean wait ms"):
        shown.add_column(title, justify="right" if title else "left")
    for name, one in scores.items():
        share = f"{one.cut_ins / one.turns:.1%}"
        shown.add_row(name, str(one.cut_ins), str(one.turns), share, f"{one.mean_wait_ms:.0f}")
    return shown
