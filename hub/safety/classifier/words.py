"""What words are alike: a few numbers for each of 20,000 words, so that "smack" is near "punch".

`word_vectors()` reads `data/words.npz`, which `bench/guard/words.py` makes; `meaning(words)` is
their weighted mean, in which common words count little.
"""

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import IO
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from hub.safety.data_files import FOLDER, damaged, reading

DATA_FILE = "words.npz"
DIMENSIONS = 96
WORDS_FOUND = 4096
"""Words whose places are kept."""
SCALE = 127 * 1.6
"""Of a row of length one; few of its numbers pass 1/1.6."""


@dataclass(frozen=True)
class WordVectors:
    hashes: NDArray[np.uint32]
    """Of each word (`hash_of`), in order: a twentieth of the memory that the words themselves would take."""
    vectors: NDArray[np.int8]
    """DIMENSIONS numbers a word, of length SCALE together."""
    shares: NDArray[np.float16]
    """How much each word counts, 0 to 1."""

    @cached_property
    def version(self) -> str:
        parts = (self.hashes, self.vectors, self.shares)
        return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()[:12]

    @cached_property
    def _place(self) -> Callable[[str, str], int | None]:
        return lru_cache(maxsize=WORDS_FOUND)(self._find)

    def _find(self, word: str, stem: str) -> int | None:
        """Where a word's row is, or its stem's where it isn't known itself."""
        for form in (word, stem):
            wanted = hash_of(form)
            place = int(np.searchsorted(self.hashes, np.uint32(wanted)))
            if place < len(self.hashes) and self.hashes[place] == wanted:
                return place
        return None

    def meaning(self, words: Sequence[tuple[str, str]]) -> NDArray[np.float32] | None:
        """The mean of words, each with its stem in case it isn't known itself, as a row of length one.

        None where no word is known.
        """
        places = [place for word, stem in words if (place := self._place(word, stem)) is not None]
        if not places:
            return None
        total = self.shares[places].astype(np.float32) @ self.vectors[places].astype(np.float32)
        length = float(np.sqrt(total @ total))
        mean: NDArray[np.float32] = total / length if length else total
        return mean

    def knows(self, word: str, stem: str) -> bool:
        return self._place(word, stem) is not None

    def to_bytes(self) -> bytes:
        """The data file. The same vectors give the same bytes."""
        file = io.BytesIO()
        np.savez_compressed(file, hashes=self.hashes, vectors=self.vectors, shares=self.shares)
        return file.getvalue()

    @classmethod
    def read(cls, data: IO[bytes]) -> "WordVectors":
        """From an open file, without a copy of it in memory. Raises DataError where it is damaged."""
        with reading(DATA_FILE), np.load(data, allow_pickle=False) as file:
            found = cls(file["hashes"], file["vectors"], file["shares"])
        count = found.hashes.size
        wanted = (
            (found.hashes, np.uint32, (count,)),
            (found.vectors, np.int8, (count, DIMENSIONS)),
            (found.shares, np.float16, (count,)),
        )
        if any(array.dtype != kind or array.shape != shape for array, kind, shape in wanted):
            raise damaged(DATA_FILE, "its arrays have the wrong shape")
        return found


def hash_of(word: str) -> int:
    return crc32(word.encode())


@cache
def word_vectors() -> WordVectors:
    """Those that ship with us. Raises DataError where they are missing or damaged."""
    with reading(DATA_FILE), (FOLDER / DATA_FILE).open("rb") as data:
        return WordVectors.read(data)
