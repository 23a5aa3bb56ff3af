"""Trains the guard's classifier and writes `hub/safety/data/classifier.npz`.

    python -m bench.guard.train [--out FILE]

It takes every file of `lines/`, and of `../shared/safety` the half of the authored texts that is not
held, the public sets and the long harmless sentences; without that folder, the lines alone. Nothing
of `unseen.jsonl` and `unseen_talks.jsonl` is taken. See `DATA_CARD.md`.
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.guard.garble import garbled_copies
from bench.guard.lines import Example, read_lines
from bench.guard.model import build
from bench.guard.sources import (
    DISGUISED,
    LONG_TALK,
    PUBLIC,
    TALK,
    calm_lines,
    is_held,
    read_texts,
    spoken_by_us,
    unseen_texts,
)
from hub.safety.classifier import model
from hub.safety.text.normalise import literal

OUT = Path(model.__file__).parents[1] / "data" / model.DATA_FILE


def training_texts() -> list[Example]:
    """All that the shipped model learns from.

    Nothing of the held half and the unseen files is in it; what happens to say the same is left out.
    """
    authored = [one for name in (TALK, DISGUISED) for one in read_texts(name)]
    held = {_plain(one.text) for one in authored if is_held(one.id)}
    unseen = {_plain(text) for text in unseen_texts()}
    texts = [
        *read_lines(),
        *spoken_by_us(),
        *calm_lines(),
        *(one for one in authored if not is_held(one.id)),
        *read_texts(PUBLIC),
        *read_texts(LONG_TALK),
    ]
    known = held | unseen
    learned = [one for one in texts if _plain(one.text) not in known]
    copies = [one for one in garbled_copies(learned) if _plain(one.text) not in known]
    return learned + copies


def _plain(text: str) -> str:
    return literal(text).strip(" .")


def write(examples: Sequence[Example], out: Path) -> int:
    """Train on `examples`; gives the size of the file in bytes."""
    data = build(examples).model.to_bytes()
    out.write_bytes(data)
    return len(data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    out = parser.parse_args().out
    examples = training_texts()
    for kind, count in sorted(
        Counter((e.direction.value, e.category.value) for e in examples).items()
    ):
        print(f"{count:6d} {' '.join(kind)}")
    started = time.monotonic()
    size = write(examples, out)
    print(
        f"{out}: {size / 1e6:.2f} MB from {len(examples)} texts in {time.monotonic() - started:.0f} s"
    )


if __name__ == "__main__":
    main()
