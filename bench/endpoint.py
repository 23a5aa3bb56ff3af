"""How often the toy cuts in on a child who stops to think, and how long a child who has finished waits.

Synthetic voices say what children say, with pauses of 200 to 1800 ms where they would think; and short
answers, where the toy has just asked. The hub's own detector, recogniser and rules hear it. Only sentences and
voices count that were held back from tuning.
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
from bench.turns.recordings import ANSWERS, SENTENCES, Job, missing, plan, record
from bench.turns.replay import Fixed, Recogniser, Score, Way, ended_at_ms, real, score, true_words
from hub.config import TurnSection
from hub.domain.talks.talk import Transcript
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
    """As the hub ships, for a toy of normal patience; `asked`: it has just asked something."""

    def __init__(self, *, asked: bool = False) -> None:
        self._asked = asked
        self._waiting = Waiting(TurnSection(), Patience.NORMAL, "en")
        self.resumed()

    def resumed(self) -> None:
        self.wait_ms = self._waiting.longest_ms

    def heard(self, words: Transcript, ears: Endpointer) -> None:
        self.wait_ms = self._waiting.after(words, ears, asked=self._asked)


async def run(console: Console) -> dict[str, dict[str, float | int]]:
    if problem := missing():
        raise SystemExit(problem)
    turns, answers = [
        list(plan(held=True, voices_a_sentence=VOICES_A_SENTENCE, file=file))
        for file in (SENTENCES, ANSWERS)
    ]
    heard = await asyncio.to_thread(hear, turns + answers, console)
    scores = compare(heard[: len(turns)], heard[len(turns) :])
    console.print(_table(scores))
    return {name: asdict(one) for name, one in scores.items()}


def compare(turns: Sequence[Heard], answers: Sequence[Heard]) -> dict[str, Score]:
    """Ours, ours with a recogniser that makes no mistakes, and fixed silences; then where the toy has just asked."""

    def of(heard: Sequence[Heard], way: Callable[[], Way], recogniser: Recogniser) -> Score:
        return score(heard, lambda one: ended_at_ms(one, way(), recogniser))

    asked, true = partial(Ours, asked=True), true_words(BETTER_MS)
    whole = [one for one in answers if len(one.recording.pieces) == 1]
    more = [one for one in answers if len(one.recording.pieces) > 1]
    return {
        "pommai": of(turns, Ours, real),
        "pommai_true_words": of(turns, Ours, true),
        **{f"fixed_{ms}": of(turns, partial(Fixed, ms), real) for ms in FIXED_MS},
        "asked": of(turns, asked, real),
        "asked_true_words": of(turns, asked, true),
        "answers": of(whole, asked, real),
        "answers_true_words": of(whole, asked, true),
        "answers_unasked": of(whole, Ours, real),
        "going_on": of(more, asked, real),
        "going_on_true_words": of(more, asked, true),
        "going_on_unasked": of(more, Ours, real),
    }


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
    for title in ("", "cut in", "of turns", "share", "mean wait ms", "95 % ms"):
        shown.add_column(title, justify="right" if title else "left")
    for name, one in scores.items():
        share = f"{one.cut_ins / one.turns:.1%}"
        waits = (f"{one.mean_wait_ms:.0f}", f"{one.late_wait_ms:.0f}")
        shown.add_row(name, str(one.cut_ins), str(one.turns), share, *waits)
    return shown
