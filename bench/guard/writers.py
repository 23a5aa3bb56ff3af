"""Judges the lines of each writer, and of each public source, by a classifier that never met that one.

That is as near as written lines come to what children say whom nobody has read.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bench.guard.judges import Judges
from bench.guard.lines import Example
from bench.guard.model import blended_each, fit_parts, tabulate
from bench.guard.score import Outcome
from bench.guard.train import training_texts

OTHER_WRITERS = (
    *("second", "third", "fourth", "fifth", "sixth", "seventh"),
    *("eighth", "ninth", "tenth", "eleventh", "twelfth"),
)
"""Words in the names of files of `lines/` that tell who wrote them; without one it is the first."""
FEWEST = 50
"""Fewer lines say nothing of a writer."""


def writer_of(one: Example) -> str:
    """Who wrote it, or which collection it is from."""
    if one.id:
        return one.source
    name = next((word for word in one.source.split("_") if word in OTHER_WRITERS), "first")
    return f"our {name} writer"


async def by_unmet_writers(judges: Judges) -> dict[str, list[Outcome]]:
    """Of rules and classifier together, by writer. The rules' author may have read them all."""
    examples = training_texts()
    table = tabulate(examples)
    writers = np.array([writer_of(one) for one in examples])
    found = {}
    for writer in sorted(set(writers)):
        left = np.flatnonzero(writers == writer)
        if len(left) < FEWEST:
            continue
        lines = fit_parts(examples, table, np.flatnonzero(writers != writer))
        said = [examples[i] for i in left]
        odds = blended_each(lines.odds(table[left]), judges.model.blend, said)
        found[str(writer)] = await _judged(judges, said, odds)
    return found


async def _judged(
    judges: Judges,
    examples: Sequence[Example],
    odds: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> list[Outcome]:
    keys = [(one.text, one.direction) for one in examples]
    return await replace(judges, unseen=dict(zip(keys, odds, strict=True))).full(examples)
