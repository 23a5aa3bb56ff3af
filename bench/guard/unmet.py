"""Who wrote a text, and what an encoder that had met nothing of that writer makes of it.

The shipped encoder knows our lines by heart, so its odds of them are too good to calibrate by. `encoder_unseen.npz`,
which `bench.guard.tune` writes, holds the odds that each got from an encoder trained without its writer; what
came later is strange to the shipped one.
"""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.guard.lines import Example
from hub.safety.classifier.encoder import encoder
from hub.safety.classifier.model import BLENDED_HEADS
from hub.safety.text.normalise import readings

OTHER_WRITERS = (
    *("second", "third", "fourth", "fifth", "sixth", "seventh"),
    *("eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth"),
)
"""Words in the names of files of `lines/` that tell who wrote them; without one it is the first."""
_TOGETHER = (
    *({"first"}, {"second"}, {"third"}, {"fourth"}),
    {"fifth", "seventh", "ninth", "twelfth"},
    {"sixth", "eighth", "tenth", "eleventh", "thirteenth"},
)
"""The writers of each fold."""
FOLDS = len(_TOGETHER)
HALVES = 2
_FIRST_HALF = frozenset({0, 5})
"""The folds of one half of the lines: the encoder takes too long to be trained six times."""
UNSEEN_ODDS = Path(__file__).parent / "encoder_unseen.npz"

Array = NDArray[np.float64]


def writer_of(one: Example) -> str:
    """Who wrote it, or which collection it is from."""
    return one.source if one.id else f"our {_writer(one)} writer"


def _writer(one: Example) -> str:
    return next((word for word in one.source.split("_") if word in OTHER_WRITERS), "first")


def fold_of(one: Example) -> int:
    """Below FOLDS: all that a writer of ours wrote is in one; a text of a collection by its id."""
    if one.id:
        return hashlib.sha256(f"f{one.id}".encode()).digest()[0] % FOLDS
    return next(fold for fold, names in enumerate(_TOGETHER) if _writer(one) in names)


def half_of(one: Example) -> int:
    """Below HALVES: the same for the encoder."""
    return int(fold_of(one) not in _FIRST_HALF)


def encoder_odds(examples: Sequence[Example]) -> Array:
    """A row a text of the odds of BLENDED_HEADS, by an encoder that didn't learn from it."""
    known = _unseen()
    shipped = encoder()
    rows = []
    for one in examples:
        odds = known.get(_key(one))
        rows.append(shipped.odds(readings(one.text)[0], one.direction) if odds is None else odds)
    return np.array([row[:BLENDED_HEADS] for row in rows], np.float64)


def write_unseen(
    examples: Sequence[Example], odds: Sequence[NDArray[np.float32]], out: Path
) -> None:
    """Keeps of each row of `odds` what `encoder_odds` gives again. The same odds give the same bytes."""
    found = {_key(one): row for one, row in zip(examples, odds, strict=True)}
    keys = sorted(found)
    file = io.BytesIO()
    rows = np.array([found[key][:BLENDED_HEADS] for key in keys], np.float16)
    np.savez_compressed(file, keys=np.array(keys, np.uint64), odds=rows)
    out.write_bytes(file.getvalue())


def _unseen() -> dict[int, NDArray[np.float16]]:
    with np.load(UNSEEN_ODDS) as file:
        return dict(zip(file["keys"].tolist(), file["odds"], strict=True))


def _key(one: Example) -> int:
    said = f"{one.direction.value} {readings(one.text)[0]}"
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:8])
