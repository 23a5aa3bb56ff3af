"""What texts mean, as an embedding model gives it: how passages are cut for one, and what stands out to a question.

A model reads a passage in parts of a few sentences, as what a child asks for is mostly said in one of them.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from hub.knowledge.documents.passages import sentences
from hub.providers.base import Embedder

PART_CHARS: Final = 350
"""Of 100, 200, 350 and whole passages what found most with the embedder of `make bench ONLY=recall`."""
MAX_OWN: Final = 500
"""Passages that a family wrote down itself and that are compared with every question, the newest."""
MAX_SAMPLE: Final = 300
"""Passages of all kinds that say how near anything comes to a question."""
STANDS_OUT: Final = 3.2
"""Standard deviations above the sample's mean; chosen by `make bench ONLY=recall`, on the half that isn't held out."""
MAX_STANDING_OUT: Final = 2

Vectors = NDArray[np.float32]


def parts(text: str) -> list[str]:
    """Whole sentences, of at least PART_CHARS together but for the last part."""
    found: list[str] = []
    for sentence in sentences(text):
        if found and len(found[-1]) < PART_CHARS:
            found[-1] += f" {sentence}"
        else:
            found.append(sentence)
    return found


def made_by(embedder: Embedder) -> str:
    """Vectors that were made otherwise are made anew."""
    return f"{embedder.version[:70]} in parts"


def packed(vectors: Iterable[Sequence[float]]) -> bytes:
    """Those of a passage's parts, as they are kept."""
    return np.array(list(vectors), np.float16).tobytes()


def unpacked(kept: bytes, dimensions: int) -> Vectors:
    """A row for each part; none where another model of the same name made them."""
    numbers = np.frombuffer(kept, np.float16).astype(np.float32)
    return numbers[: 0 if numbers.size % dimensions else None].reshape(-1, dimensions)


@dataclass(frozen=True, slots=True)
class Meanings:
    """A row for each part: of what a family wrote down itself, and of a sample of everything."""

    numbers: NDArray[np.int64]
    """Of the passages whose parts these are."""
    own: Vectors
    sample: Vectors

    @classmethod
    def of(cls, kept: Mapping[int, bytes], own: Set[int], dimensions: int) -> Self:
        """Of vectors by the number of their passage."""
        rows = {number: unpacked(each, dimensions) for number, each in kept.items()}
        mine = {number: each for number, each in rows.items() if number in own}
        none = np.zeros((0, dimensions), np.float32)
        return cls(
            np.repeat(np.array(list(mine), np.int64), [len(each) for each in mine.values()]),
            np.concatenate([none, *mine.values()]),
            np.concatenate([none, *rows.values()]),
        )

    def standing_out(self, asked: Vectors) -> list[int]:
        """Numbers of passages that are far nearer to a question than most are, the nearest first."""
        if not len(self.own):
            return []
        usual, near = self.sample @ asked, self.own @ asked
        order = np.argsort(-near, kind="stable")
        order = order[near[order] > usual.mean() + STANDS_OUT * usual.std()]
        return list(dict.fromkeys(self.numbers[order].tolist()))
