"""Finds the passages that fit what somebody says, by their words; a model at home may put them in order.

    found = await search.find("where does grandma live?", toy)

The passages come from SQLite's FTS5, ranked by BM25: what a family wrote down itself counts twice, before its books,
and so does, a little, what stands beside in the same document. What has too little of the question
(`hub.knowledge.documents.words`) is left out. Where there is an embedder, more of them are looked at, and reciprocal
rank fusion (Cormack, Clarke and Büttcher, 2009) joins their order by words with that by meaning (cosine); while it
is away, words alone count.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from hub.domain.clock import Clock
from hub.domain.family.documents import DocumentKind, FoundPassage
from hub.domain.toys import Toy
from hub.errors import ProviderError
from hub.knowledge.documents import words
from hub.knowledge.documents.words import Question
from hub.providers.base import Embedder
from hub.storage.documents.index import Scores
from hub.storage.documents.passages import Candidate, IndexedPassage
from hub.storage.store import Store

MAX_FOUND: Final = 5
"""Passages that one answer may use."""
CANDIDATES: Final = 12
"""That are read to see whether they fit."""
CANDIDATES_TO_ORDER: Final = 40
"""The same where an embedder puts them in order: by words the right one is among so many for 95 questions of 100."""
RANKS: Final = 60
"""As in the paper: how much a first place counts more than a tenth."""
OWN: Final = 2.0
BESIDE: Final = 0.1
"""Both chosen by `make bench ONLY=recall`, on the half that isn't held out."""
MEANING_S: Final = 1.0
"""A child waits: what an embedder doesn't say in this time is done without."""
AWAY_S: Final = 60.0
"""One that failed is left alone for so long."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where each passage belongs, by place in the order of their numbers."""

    numbers: NDArray[np.int64]
    toys: NDArray[np.str_]
    """For whom each is kept; "": for all."""
    own: NDArray[np.bool_]
    """What the family wrote down itself."""
    beside: NDArray[np.bool_]
    """Whether each is of the same document as the one before it."""

    @classmethod
    def of(cls, kept: Sequence[IndexedPassage]) -> "Shelf":
        documents = np.array([each.document_id for each in kept], np.str_)
        return cls(
            np.array([each.number for each in kept], np.int64),
            np.array([each.toy_id or "" for each in kept], np.str_),
            np.array([each.kind is not DocumentKind.DOCUMENT for each in kept], np.bool_),
            np.array([False, *(documents[1:] == documents[:-1])][: len(kept)], np.bool_),
        )

    def by_words(self, found: Scores, toy_id: str, most: int) -> list[int]:
        """Numbers of the passages that a toy may use, the best first, of those with these scores."""
        # One place more, for what was removed or added meanwhile.
        numbers, score = np.append(self.numbers, -1), np.zeros(len(self.numbers) + 1)
        places = np.searchsorted(self.numbers, found[:, 0])
        score[np.where(numbers[places] == found[:, 0], places, -1)] = found[:, 1]
        score = score[:-1]
        score *= np.where(self.own, OWN, 1.0) * ((self.toys == "") | (self.toys == toy_id))
        before, after = np.zeros_like(score), np.zeros_like(score)
        before[1:] = score[:-1] * self.beside[1:]
        after[:-1] = score[1:] * self.beside[1:]
        score = np.where(score > 0, score + BESIDE * np.maximum(before, after), 0.0)
        places = np.argsort(-score, kind="stable")[:most]
        return [int(self.numbers[place]) for place in places if score[place] > 0]


class PassageSearch:
    """Over what a household's toys know. `forget` what is kept in memory whenever that changed."""

    def __init__(self, store: Store, clock: Clock, embedder: Embedder | None = None) -> None:
        self._store = store
        self._clock = clock
        self._embedder = embedder
        self._away_until = 0.0
        self._shelf: Shelf | None = None

    async def warm_up(self) -> None:
        """Read what ships with us, so that no question has to open a file. Raises DataError where it is damaged."""
        await asyncio.to_thread(words.read_lists)

    def forget(self) -> None:
        self._shelf = None

    async def find(self, said: str, toy: Toy, *, limit: int = MAX_FOUND) -> list[FoundPassage]:
        """Those that fit, the best first; mostly none. Raises DataError."""
        question = Question.of(said, toy.language)
        if not question.words:
            return []
        shelf = self._shelf or await self._read()
        scores, often = await self._store.passages.by_words(question.stems)
        best = shelf.by_words(scores, toy.id, CANDIDATES_TO_ORDER if self._embedder else CANDIDATES)
        version = self._embedder.version if self._embedder else ""
        there = await self._store.passages.numbered(best, version)
        fitting = []
        for one in (there[number] for number in best if number in there):
            own = one.passage.kind is not DocumentKind.DOCUMENT
            if question.fits(one.stems, often, len(shelf.numbers), own=own):
                fitting.append(one)
        return [
            FoundPassage(one.passage, question.share(one.stems, often))
            for one in (await self._in_order(said, fitting))[:limit]
        ]

    async def _read(self) -> Shelf:
        kept = await self._store.passages.indexed(words.version())
        self._shelf = shelf = await asyncio.to_thread(Shelf.of, kept)
        return shelf

    async def _in_order(self, said: str, fitting: Sequence[Candidate]) -> Sequence[Candidate]:
        """By words and by meaning, where there is somebody who knows that."""
        known = [place for place, one in enumerate(fitting) if one.vector]
        if len(known) < 2 or (asked := await self._meaning(said)) is None:
            return fitting
        vectors = [np.frombuffer(fitting[place].vector, np.float16) for place in known]
        if any(len(vector) != len(asked) for vector in vectors):
            return fitting  # another model of the same name made them
        near = np.argsort(-(np.array(vectors, np.float32) @ asked), kind="stable")
        return [fitting[place] for place in joined(range(len(fitting)), [known[i] for i in near])]

    async def _meaning(self, said: str) -> NDArray[np.float32] | None:
        if self._embedder is None or self._clock.monotonic() < self._away_until:
            return None
        try:
            async with self._clock.timeout(MEANING_S):
                (row,) = await self._embedder.embed([said])
        except (ProviderError, TimeoutError) as error:
            self._away_until = self._clock.monotonic() + AWAY_S
            log.warning("passages are found by words alone", error=str(error))
            return None
        return np.array(row, np.float32)


def joined(*ranked: Sequence[int]) -> list[int]:
    """Reciprocal rank fusion: what stands high in any list, and higher in both, comes first."""
    scores: dict[int, float] = {}
    for each in ranked:
        for rank, number in enumerate(each):
            scores[number] = scores.get(number, 0.0) + 1 / (RANKS + rank)
    return sorted(scores, key=lambda number: -scores[number])
