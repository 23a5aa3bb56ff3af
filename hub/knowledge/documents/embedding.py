"""What texts mean, in numbers, without a server: the mean of their words' vectors, which the guard ships with.

English alone; a text of which no word is known has a vector of zeros, and is like nothing.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub.knowledge.memories.wording import WITHOUT_MEANING, plain, stem
from hub.safety.classifier.words import DIMENSIONS, word_vectors

Numbers = NDArray[np.float32]

NOTHING: Final = [0.0] * DIMENSIONS


class WordEmbedder:
    """An `Embedder` (`hub.providers.base`) at home."""

    name = "words"
    local = True

    @property
    def version(self) -> str:
        """Vectors of another version can't be compared with its own."""
        return f"{self.name}-{word_vectors().version}"

    async def warm_up(self) -> None:
        """Raises DataError where the data that ships with us is damaged."""
        await asyncio.to_thread(word_vectors)

    async def aclose(self) -> None:
        """Others use the vectors, too."""

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [self._of(text) for text in texts]

    def _of(self, text: str) -> list[float]:
        words = [
            (word, stem("english", word)) for word in plain(text) if word not in WITHOUT_MEANING
        ]
        meaning = word_vectors().meaning(words)
        return NOTHING if meaning is None else meaning.tolist()
