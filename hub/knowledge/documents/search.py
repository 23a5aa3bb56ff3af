"""Finds the passages that fit what somebody says: by their words, and by what they mean, joined by rank.

    found = await search.find("where does grandma live?", toy)

By words the passages come from SQLite's FTS5, ranked by BM25: what a family wrote down itself counts twice, before its
books, and so does, a little, what stands beside in the same document. By meaning each passage has a vector for every
few sentences of it, and the best of them counts (cosine). Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009)
joins the lists, and what has too little of the question (`hub.knowledge.documents.words`) is left out.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from hub.domain.family.documents import DocumentKind, FoundPassage
from hub.domain.toys import Toy
from hub.knowledge.documents import words
from hub.knowledge.documents.words import Question
from hub.providers.base import Embedder
from hub.storage.documents.repository import IndexedPassage
from hub.storage.store import Store

MAX_FOUND: Final = 5
"""Passages that one answer may use."""
CANDIDATES: Final = 12
"""That are read to see whether they fit."""
RANKS: Final = 60
"""As in the paper: how much a first place counts more than a tenth."""
OWN: Final = 2.0
BESIDE: Final = 0.1
"""Both chosen by `make bench ONLY=recall`, on the half that isn't held out."""
MIN_COSINE: Final = 0.8
"""Of the words' own vectors; measured likewise."""

Numbers = NDArray[np.float32]


class VersionedEmbedder(Embedder, Protocol):
    @property
    def version(self) -> str: ...


def version_with(embedder: VersionedEmbedder) -> str:
    """Of the index: a passage of another one is indexed anew."""
    return f"{words.version()}-{embedder.version}"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where each passage belongs, by place in the order of their numbers, and its vectors."""

    numbers: NDArray[np.int64]
    toys: NDArray[np.str_]
    """For whom each is kept; "": for all."""
    own: NDArray[np.bool_]
    """What the family wrote down itself."""
    beside: NDArray[np.bool_]
    """Whether each is of the same document as the one before it."""
    starts: NDArray[np.int64]
    """Where each passage's rows begin in `rows`."""
    rows: Numbers
    """Unit vectors, one for each part of a passage."""

    @classmethod
    def of(cls, kept: Sequence[IndexedPassage], width: int) -> "Shelf":
        vectors = [np.frombuffer(each.vectors, np.float16).reshape(-1, width) for each in kept]
        lengths = np.array([0, *(len(each) for each in vectors)], np.int64)
        rows = np.concatenate(vectors) if vectors else np.zeros((0, width), np.float16)
        documents = np.array([each.document_id for each in kept], np.str_)
        return cls(
            np.array([each.number for each in kept], np.int64),
            np.array([each.toy_id or "" for each in kept], np.str_),
            np.array([each.kind is not DocumentKind.DOCUMENT for each in kept], np.bool_),
            np.array([False, *(documents[1:] == documents[:-1])][: len(kept)], np.bool_),
            np.cumsum(lengths)[:-1],
            rows.astype(np.float32),
        )

    def by_words(self, scores: Sequence[tuple[int, float]], toy_id: str) -> list[int]:
        """Numbers of the passages that a toy may use, the best first, of those with these scores."""
        found = dict(scores)
        score = np.array([found.get(number, 0.0) for number in self.numbers.tolist()])
        score *= np.where(self.own, OWN, 1.0) * self._allowed(toy_id)
        before, after = np.zeros_like(score), np.zeros_like(score)
        before[1:] = score[:-1] * self.beside[1:]
        after[:-1] = score[1:] * self.beside[1:]
        return self._best(np.where(score > 0, score + BESIDE * np.maximum(before, after), 0.0), 0.0)

    def by_meaning(self, asked: Numbers, toy_id: str) -> list[int]:
        """The same, of those whose vectors are near."""
        if not len(self.numbers):
            return []
        cosines = np.maximum.reduceat(self.rows @ asked, self.starts)
        return self._best(cosines * self._allowed(toy_id), MIN_COSINE)

    def _allowed(self, toy_id: str) -> NDArray[np.bool_]:
        allowed: NDArray[np.bool_] = (self.toys == "") | (self.toys == toy_id)
        return allowed

    def _best(self, scores: NDArray[np.floating], above: float) -> list[int]:
        places = np.argsort(-scores, kind="stable")[:CANDIDATES]
        return [int(self.numbers[place]) for place in places if scores[place] > above]


class PassageSearch:
    """Over what a household's toys know. `forget` what is kept in memory whenever that changed."""

    def __init__(
        self, store: Store, embedder: VersionedEmbedder, *, by_meaning: bool = True
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._meaning = by_meaning
        self._shelf: Shelf | None = None

    async def warm_up(self) -> None:
        """Read what ships with us, so that no question has to open a file. Raises DataError where it is damaged."""
        await self._embedder.warm_up()
        await asyncio.to_thread(words.read_lists)

    def forget(self) -> None:
        self._shelf = None

    async def find(self, said: str, toy: Toy, *, limit: int = MAX_FOUND) -> list[FoundPassage]:
        """Those that fit, the best first; mostly none. Raises DataError."""
        question = Question.of(said, toy.language)
        if not question.words:
            return []
        (row,) = await self._embedder.embed([said])
        shelf = self._shelf or await self._read(len(row))
        scores, often = await self._store.documents.by_words(question.stems)
        lists = [shelf.by_words(scores, toy.id)]
        if self._meaning:
            lists.append(shelf.by_meaning(np.array(row, np.float32), toy.id))
        best = joined(*lists)[:CANDIDATES]
        there = await self._store.documents.numbered(best)
        found = []
        for passage, stems in (there[number] for number in best if number in there):
            own = passage.kind is not DocumentKind.DOCUMENT
            if question.fits(stems, often, len(shelf.numbers), own=own):
                found.append(FoundPassage(passage, question.share(stems, often)))
        return found[:limit]

    async def _read(self, width: int) -> Shelf:
        kept = await self._store.documents.indexed(version_with(self._embedder))
        self._shelf = shelf = await asyncio.to_thread(Shelf.of, kept, width)
        return shelf


def joined(*ranked: Sequence[int]) -> list[int]:
    """Reciprocal rank fusion: what stands high in any list, and higher in both, comes first."""
    scores: dict[int, float] = {}
    for each in ranked:
        for rank, number in enumerate(each):
            scores[number] = scores.get(number, 0.0) + 1 / (RANKS + rank)
    return sorted(scores, key=lambda number: -scores[number])
