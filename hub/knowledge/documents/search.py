"""Finds the passages that fit what somebody says: by their words, and by what they mean, joined by rank.

    found = await search.find("where does grandma live?", toy)

By words the passages come from SQLite's FTS5, ranked by BM25. By meaning each passage has a vector for every few
sentences of it, and the best of them counts (cosine). Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009)
joins the lists; what a family wrote down itself counts twice, before its books. What fits too little is left out.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from hub.domain.family.documents import DocumentKind, FoundPassage
from hub.domain.toys import Toy
from hub.knowledge.memories.wording import stems_in_order
from hub.providers.base import Embedder
from hub.storage.store import Store

MAX_FOUND: Final = 5
"""Passages that one answer may use."""
MAX_QUESTION_WORDS: Final = 40
CANDIDATES: Final = 60
"""Of each list, before they are joined."""
RANKS: Final = 60
"""As in the paper: how much a first place counts more than a tenth."""
MIN_SHARE: Final = 0.2
"""Of the question's words, the rarer the weightier, that must stand in a passage: `make bench ONLY=recall`."""
MIN_COSINE: Final = 0.8
"""Of the words' own vectors; measured likewise."""

Numbers = NDArray[np.float32]


class VersionedEmbedder(Embedder, Protocol):
    @property
    def version(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Vectors:
    """Of every passage that was read for its meaning."""

    numbers: NDArray[np.int64]
    """The passages'."""
    toys: NDArray[np.str_]
    """For whom each is kept; "": for all."""
    starts: NDArray[np.int64]
    """Where each passage's rows begin in `rows`."""
    rows: Numbers
    """Unit vectors, one for each part of a passage."""

    @classmethod
    def of(cls, kept: Sequence[tuple[int, str | None, bytes]], width: int) -> "Vectors":
        own = [np.frombuffer(raw, np.float16).reshape(-1, width) for _, _, raw in kept]
        lengths = np.array([0, *(len(each) for each in own)], np.int64)
        rows = np.concatenate(own) if own else np.zeros((0, width), np.float16)
        return cls(
            np.array([number for number, _, _ in kept], np.int64),
            np.array([toy or "" for _, toy, _ in kept], np.str_),
            np.cumsum(lengths)[:-1],
            rows.astype(np.float32),
        )

    def nearest(self, asked: Numbers, toy_id: str, most: int) -> list[tuple[int, float]]:
        """Number and cosine of the passages that a toy may use, the nearest first."""
        if not len(self.numbers):
            return []
        cosines = np.maximum.reduceat(self.rows @ asked, self.starts)
        cosines[(self.toys != "") & (self.toys != toy_id)] = -1
        places = np.argpartition(-cosines, min(most, len(cosines) - 1))[:most]
        places = places[np.argsort(-cosines[places])]
        return [(int(self.numbers[place]), float(cosines[place])) for place in places]


class PassageSearch:
    """Over what a household's toys know. `forget` what is kept in memory whenever that changed."""

    def __init__(self, store: Store, embedder: VersionedEmbedder | None) -> None:
        self._store = store
        self._embedder = embedder
        self._vectors: Vectors | None = None

    def forget(self) -> None:
        self._vectors = None

    async def find(self, question: str, toy: Toy, *, limit: int = MAX_FOUND) -> list[FoundPassage]:
        """Those that fit, the best first; mostly none. Raises DataError."""
        asked = list(dict.fromkeys(stems_in_order(question, toy.language)))[:MAX_QUESTION_WORDS]
        if not asked:
            return []
        by_words = await self._by_words(asked, toy)
        by_meaning = await self._by_meaning(question, toy)
        relevance = dict(by_meaning) | dict(by_words)
        there = dict(await self._store.documents.numbered([*relevance]))
        lists = [
            [number for number, _ in each if number in there] for each in (by_words, by_meaning)
        ]
        own = [number for number in lists[0] if there[number].kind is not DocumentKind.DOCUMENT]
        best = joined(*lists, own)[:limit]
        return [FoundPassage(there[number], relevance[number]) for number in best]

    async def _by_words(self, asked: Sequence[str], toy: Toy) -> list[tuple[int, float]]:
        found, often = await self._store.documents.by_words(asked, toy.id, CANDIDATES)
        shares = [(number, _share(asked, own, often)) for number, own in found.items()]
        return [(number, share) for number, share in shares if share >= MIN_SHARE]

    async def _by_meaning(self, question: str, toy: Toy) -> list[tuple[int, float]]:
        if self._embedder is None:
            return []
        (row,) = await self._embedder.embed([question])
        asked = np.array(row, np.float32)
        vectors = self._vectors or await self._read(self._embedder.version, len(row))
        near = vectors.nearest(asked, toy.id, CANDIDATES)
        return [(number, cosine) for number, cosine in near if cosine >= MIN_COSINE]

    async def _read(self, version: str, width: int) -> Vectors:
        kept = await self._store.documents.vectors(version)
        self._vectors = vectors = await asyncio.to_thread(Vectors.of, kept, width)
        return vectors


def joined(*ranked: Sequence[int]) -> list[int]:
    """Reciprocal rank fusion: what stands high in any list, and higher in both, comes first."""
    scores: dict[int, float] = {}
    for each in ranked:
        for rank, number in enumerate(each):
            scores[number] = scores.get(number, 0.0) + 1 / (RANKS + rank)
    return sorted(scores, key=lambda number: -scores[number])


def _share(asked: Sequence[str], own: Set[str], often: Mapping[str, int]) -> float:
    """How much of the question stands in a passage, 0 to 1: words that few passages have count most."""
    weights = {stem: 1 / math.log(2 + often.get(stem, 0)) for stem in asked}
    return sum(weights[stem] for stem in asked if stem in own) / sum(weights.values())
