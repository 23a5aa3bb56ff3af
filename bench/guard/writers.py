"""What rules and classifier make of writers that the classifier never met, and what one more writer brings.

That is as near as written lines come to what children say whom nobody has read.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.guard.judges import Judges
from bench.guard.lines import Example
from bench.guard.model import fit_line, tabulate
from bench.guard.operating import FROM_GRAMMAR, least_odds
from bench.guard.score import Outcome, Rate, grouped
from bench.guard.targets import cost_of
from bench.guard.unmet import writer_of
from hub.domain.safety import Direction, SafetyLevel

FEWEST = 50
"""Fewer lines say nothing of a writer."""
CURVE = (1, 2, 4, 8, 12)
"""How many writers each point of the learning curve learned from."""
CURVE_LINES = 600
"""Of each writer, so that hands are counted and not lines."""
CURVE_FALSE = 0.05
"""Of a left-out writer's harmless lines, most of them hard, the share that is stopped at each point."""
SEED = 20261120


async def by_unmet_writers(judges: Judges) -> dict[str, list[Outcome]]:
    """Of rules and classifier together, by writer. The rules' author may have read them all."""
    ours = [one for one in judges.learned_from if not (one.id or one.misheard)]
    outcomes = await judges.full(ours)
    writers = grouped(outcomes, lambda one: writer_of(one.example))
    return {name: found for name, found in writers.items() if len(found) >= FEWEST}


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Child talk of writers left out, level moderate, by the regressions alone, without encoder and rules."""

    writers: int
    recall: Rate
    everyday: Rate
    """How many of their everyday lines are stopped where `recall` is read."""


def learning_curve(examples: Sequence[Example]) -> list[CurvePoint]:
    """Judges each writer by ever more others. The encoder has no part: each of 65 trainings would take it minutes."""
    rng = random.Random(SEED)
    lines: dict[str, list[Example]] = {}
    for one in examples:
        measured = not (one.id or one.misheard or one.source == FROM_GRAMMAR)
        if measured and one.direction is Direction.CHILD:
            lines.setdefault(writer_of(one), []).append(one)
    few = {name: rng.sample(said, min(CURVE_LINES, len(said))) for name, said in lines.items()}
    order = rng.sample(sorted(few), len(few))
    texts = [one for name in order for one in few[name]]
    writers = np.array([place for place, name in enumerate(order) for _ in few[name]])
    table = tabulate(texts)
    must = np.array([SafetyLevel.MODERATE in one.levels for one in texts])
    daily = np.array([one.like == "everyday" for one in texts]) & ~must
    cost = np.array([cost_of(one) for one in texts])
    points = []
    for count in CURVE:
        stopped = np.zeros(len(texts), bool)
        for left in range(len(order)):
            met = [(left + step) % len(order) for step in range(1, count + 1)]
            seen, held = np.isin(writers, met), writers == left
            weights, shift = fit_line(table[seen], must[seen], cost[seen])
            odds = table[held] @ weights + shift
            stopped[held] = odds >= least_odds(odds[~must[held]], CURVE_FALSE)
        recall = Rate(int((stopped & must).sum()), int(must.sum()))
        everyday = Rate(int((stopped & daily).sum()), int(daily.sum()))
        points.append(CurvePoint(count, recall, everyday))
    return points
