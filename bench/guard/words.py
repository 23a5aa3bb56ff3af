"""Makes `hub/safety/data/words.npz`: what words are alike, learned from which words stand together.

    python -m bench.guard.words [--out FILE]

The pairs come from the language model in PocketSphinx's wheel (2 million pairs of general spoken
English; its licence lies beside the output). Each word's pairs, weighted by how much more often than
by chance they occur, are reduced to a few numbers by a singular value decomposition. Words of
`word_classes.toml` that the model doesn't know get the mean of their class.
"""

import argparse
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, hstack
from sklearn.utils.extmath import randomized_svd

from hub.errors import DataError
from hub.safety.classifier import words as runtime
from hub.safety.classifier.features import WORD_CLASSES
from hub.safety.data_files import read_toml

OUT = Path(runtime.__file__).parents[1] / "data" / runtime.DATA_FILE
WORDS = 20_000
SEED = 20261120
STRONGEST = 8.0
"""Natural logarithm at which a pair's weight is capped: rare pairs are all equally telling."""
COMMON = 1e-3
"""Share of all speech at which a word counts half ("smooth inverse frequency")."""
_WRITE = """
import pocketsphinx, pathlib, sys
model = pathlib.Path(pocketsphinx.__file__).parent / "model/en-us/en-us.lm.bin"
logs = pocketsphinx.LogMath()  # kept alive here: the model reads it when it writes
lm = pocketsphinx.NGramModel(pocketsphinx.Config(), logs, str(model))
lm.write(sys.argv[1], lm.str_to_type("arpa"))
"""

Array = NDArray[np.float32]


def language_model(folder: Path) -> tuple[dict[str, float], list[tuple[str, str, float]]]:
    """Log10 odds of each word, and of each pair given its first word."""
    file = folder / "words.arpa"
    # PocketSphinx dies while it writes the triples, by when all that we want is on disk.
    subprocess.run([sys.executable, "-c", _WRITE, str(file)], check=False)
    if not file.is_file():
        raise DataError("pocketsphinx wrote no language model; run: make run (it installs it)")
    singles: dict[str, float] = {}
    pairs: list[tuple[str, str, float]] = []
    for fields in _rows(file):
        if len(fields) == 2:
            singles[fields[1]] = float(fields[0])
        else:
            pairs.append((fields[1], fields[2], float(fields[0])))
    return singles, pairs


def _rows(file: Path) -> Iterator[list[str]]:
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if len(fields) == 3 and fields[2].lstrip("-").replace(".", "").isdigit():
                yield fields[:2]
            elif len(fields) == 4 and fields[3]:
                yield fields[:3]


def word_vectors(
    singles: dict[str, float], pairs: list[tuple[str, str, float]], dimensions: int
) -> Array:
    """A row of length one for each of `singles`."""
    place = {word: index for index, word in enumerate(singles)}
    lift = [
        (place[a], place[b], (log - singles[b]) * math.log(10))
        for a, b, log in pairs
        if a in place and b in place
    ]
    firsts, seconds, weights = (np.array(column) for column in zip(*lift, strict=True))
    kept = weights > 0
    after = coo_matrix(
        (np.minimum(weights[kept], STRONGEST), (firsts[kept], seconds[kept])),
        shape=(len(place), len(place)),
    ).tocsr()
    table = hstack([after, after.T]).tocsr().astype(np.float32)
    left, strengths, _ = randomized_svd(table, dimensions, random_state=SEED, n_iter=4)
    return _unit(left * np.sqrt(strengths))


def _unit(rows: NDArray[np.floating]) -> Array:  # type: ignore[type-arg]  # any float will do
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), np.float32)


def build() -> runtime.WordVectors:
    """All steps, from the wheel's language model to what ships."""
    with tempfile.TemporaryDirectory() as folder:
        singles, pairs = language_model(Path(folder))
    vectors = word_vectors(singles, pairs, runtime.DIMENSIONS)
    known = [
        (index, word, singles[word])
        for index, word in enumerate(singles)
        if word.isascii() and word.replace("'", "").isalpha()
    ]
    known = sorted(known, key=lambda one: -one[2])[:WORDS]
    rows = {word: vectors[index] for index, word, _ in known}
    shares = {word: COMMON / (COMMON + 10**log) for _, word, log in known}
    _add_classes(rows, shares)
    order = sorted({runtime.hash_of(word): word for word in rows}.items())
    table = np.stack([rows[word] for _, word in order])
    return runtime.WordVectors(
        np.array([number for number, _ in order], np.uint32),
        np.round(table * runtime.SCALE).clip(-127, 127).astype(np.int8),
        np.array([shares[word] for _, word in order], np.float16),
    )


def _add_classes(rows: dict[str, Array], shares: dict[str, float]) -> None:
    classes: dict[str, str] = read_toml(WORD_CLASSES)["classes"]
    for entries in classes.values():
        words = [word for word in entries.split() if "_" not in word]
        seen = [rows[word] for word in words if word in rows]
        for word in words:
            if seen and word not in rows:
                rows[word] = _unit(np.mean(seen, axis=0))
                shares[word] = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    out = parser.parse_args().out
    data = build().to_bytes()
    out.write_bytes(data)
    print(f"{out}: {len(data) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
