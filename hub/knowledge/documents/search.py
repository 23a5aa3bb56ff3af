"""Finds the passages that fit what somebody says, by their words; a model may put them in order.

    found = await search.find("where does grandma live?", toy)

SQLite's FTS5 says where its words stand, and BM25 ranks what has them: what a family wrote down itself counts twice,
before its books, and what stands beside in the same document a little. What has too little of the question
(`hub.knowledge.documents.words`) is left out. Where there is an embedder, more of them are looked at, and reciprocal
rank fusion (Cormack, Clarke and Büttcher, 2009) joins their order by words with that by meaning (the cosine of the
nearest part); and what a family wrote down itself is also found without a word of the question, where its meaning
stands out. While the embedder is away, words alone count; one outside the home is asked only for a toy that knows
something which may leave the home.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub.domain.clock import Clock
from hub.domain.family.documents import DocumentKind, FoundPassage
from hub.domain.toys import Toy
from hub.knowledge.documents import words
from hub.knowledge.documents.meaning import (
    MAX_OWN,
    MAX_SAMPLE,
    MAX_STANDING_OUT,
    AskedModel,
    Meanings,
    Vectors,
    made_by,
    nearness,
)
from hub.knowledge.documents.words import Question
from hub.providers.base import Embedder
from hub.storage.documents.index import Numbers
from hub.storage.documents.passages import Candidate, IndexedPassage
from hub.storage.store import Store

MAX_FOUND: Final = 5
"""Passages that one answer may use."""
CANDIDATES: Final = 12
"""That are read to see whether they fit."""
CANDIDATES_TO_ORDER: Final = 40
"""The same where an embedder puts them in order: by words the right one is among so many for 95 questions of 100."""
RANKS: Final = 10
"""How much less a first place counts more than a tenth; the paper has 60, for longer lists."""
BY_MEANING: Final = 0.5
"""What a place in the order by meaning counts beside one in that by words."""
OWN: Final = 2.0
BESIDE: Final = 0.1
"""All four chosen by `make bench ONLY=recall`, on the half that isn't held out."""

BM25_K1: Final = 0.9
BM25_B: Final = 0.4
"""As Trotman, Puurula and Burgess (2014) found them best over many collections."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where each passage belongs, by place in the order of their numbers."""

    numbers: NDArray[np.int64]
    toys: NDArray[np.str_]
    """For whom each is kept; "": for all."""
    own: NDArray[np.bool_]
    """What the family wrote down itself."""
    cloud: NDArray[np.bool_]
    """What may leave the home."""
    beside: NDArray[np.bool_]
    """Whether each is of the same document as the one before it."""
    long: NDArray[np.float64]
    """What BM25 makes of each one's length."""

    @classmethod
    def of(cls, kept: Sequence[IndexedPassage]) -> "Shelf":
        documents = np.array([each.document_id for each in kept], np.str_)
        lengths = np.array([each.length for each in kept], np.float64)
        usual = lengths.mean() if kept else 1.0
        return cls(
            np.array([each.number for each in kept], np.int64),
            np.array([each.toy_id or "" for each in kept], np.str_),
            np.array([each.kind is not DocumentKind.DOCUMENT for each in kept], np.bool_),
            np.array([each.cloud for each in kept], np.bool_),
            np.array([False, *(documents[1:] == documents[:-1])][: len(kept)], np.bool_),
            BM25_K1 * (1 - BM25_B + BM25_B * lengths / usual),
        )

    def is_own(self, number: int) -> bool:
        return bool(self.own[np.searchsorted(self.numbers, number)])

    def is_for(self, number: int, toy_id: str) -> bool:
        """Whether a toy may use a passage, which may be gone meanwhile."""
        place = np.searchsorted(self.numbers, number)
        known = place < len(self.numbers) and self.numbers[place] == number
        return bool(known and self.toys[place] in ("", toy_id))

    def for_toy(self, toy_id: str) -> NDArray[np.bool_]:
        """Which of them it may use."""
        its: NDArray[np.bool_] = (self.toys == "") | (self.toys == toy_id)
        return its

    def by_words(self, found: Mapping[str, Numbers], toy_id: str, most: int) -> list[int]:
        """Numbers of the passages that a toy may use, the best first, of those where these stems stand."""
        score = np.zeros(len(self.numbers))
        for numbers in found.values():
            score += self._bm25(numbers)
        score *= np.where(self.own, OWN, 1.0) * self.for_toy(toy_id)
        before, after = np.zeros_like(score), np.zeros_like(score)
        before[1:] = score[:-1] * self.beside[1:]
        after[:-1] = score[1:] * self.beside[1:]
        score = np.where(score > 0, score + BESIDE * np.maximum(before, after), 0.0)
        places = np.flatnonzero(score)
        if len(places) > most:  # to sort all of them takes as long as to rank them
            places = np.sort(places[np.argpartition(-score[places], most)[:most]])
        order = np.argsort(-score[places], kind="stable")
        best: list[int] = self.numbers[places[order]].tolist()
        return best

    def _bm25(self, numbers: Numbers) -> NDArray[np.float64]:
        """Each passage's, for a stem that stands in these, as often as it stands there."""
        there = len(self.numbers)
        places = np.searchsorted(self.numbers, numbers)
        # Some were removed or added meanwhile.
        places = places[np.append(self.numbers, -1)[places] == numbers]
        times = np.bincount(places, minlength=there)
        having = np.count_nonzero(times)
        rarity = max(1e-6, math.log((there - having + 0.5) / (having + 0.5)))
        return rarity * (BM25_K1 + 1) * times / (times + self.long)


class PassageSearch:
    """Over what a household's toys know. `forget` what is kept in memory whenever that changed."""

    def __init__(self, store: Store, clock: Clock, embedder: Embedder | None = None) -> None:
        self._store = store
        self._embedder = embedder
        self._asked = AskedModel(embedder, clock) if embedder else None
        self._version = made_by(embedder) if embedder else ""
        self._is_outside = embedder is not None and not embedder.local
        self._changes = 0
        self._shelf: Shelf | None = None
        self._meanings: Meanings | None = None

    async def warm_up(self) -> None:
        """Read what ships with us, so that no question has to open a file. Raises DataError where it is damaged."""
        await asyncio.to_thread(words.read_lists)

    async def run(self) -> None:
        """Keep the model of meanings ready, where there is one; until cancelled."""
        if self._asked is not None:
            await self._asked.run()

    def forget(self) -> None:
        self._shelf = None
        self.forget_meanings()

    def forget_meanings(self) -> None:
        """Where no more changed than what the model has read."""
        self._changes += 1
        self._meanings = None

    async def asks_outside(self, toy: Toy) -> bool:
        """Whether `find` sends what is said, masked, to a service outside the home. Raises DataError."""
        if not self._is_outside:
            return False
        shelf = self._shelf or await self._read()
        return bool((shelf.cloud & shelf.for_toy(toy.id)).any())

    async def find(
        self, said: str, toy: Toy, *, limit: int = MAX_FOUND, outside: bool = True
    ) -> list[FoundPassage]:
        """Those that fit, the best first; mostly none. Raises DataError.

        Without `outside` nothing is sent to a service outside the home: for what the guard didn't let pass.
        """
        question = Question.of(said, toy.language)
        if not question.words:
            return []
        (fitting, often), asked = await asyncio.gather(
            self._by_words(question, toy), self._meaning(said, toy, outside=outside)
        )
        numbers = [one.number for one in in_order(fitting, asked)][:limit]
        if asked is not None and question.asks:
            near = [each for each in await self._near(asked, toy) if each not in numbers][:limit]
            numbers = [*numbers[: limit - len(near)], *near]
        there = await self._store.passages.numbered(numbers, question.stems) if numbers else {}
        found = [there[number] for number in numbers if number in there]
        return [FoundPassage(passage, question.share(stems, often)) for passage, stems in found]

    async def _by_words(
        self, question: Question, toy: Toy
    ) -> tuple[list[Candidate], Mapping[str, int]]:
        """Those that have enough of the question, the best first, and in how many passages its stems stand."""
        shelf = self._shelf or await self._read()
        there, most = len(shelf.numbers), CANDIDATES_TO_ORDER if self._embedder else CANDIDATES
        candidates, often = await self._store.passages.by_words(
            question.stems, there, partial(shelf.by_words, toy_id=toy.id, most=most), self._version
        )
        fitting = [
            one
            for one in candidates
            if question.fits(one.stems, often, there, own=shelf.is_own(one.number))
        ]
        return fitting, often

    async def _near(self, asked: Vectors, toy: Toy) -> list[int]:
        """Of what a family wrote down itself, the numbers of the little whose meaning stands out."""
        shelf = self._shelf or await self._read()
        meanings = self._meanings
        if meanings is None or meanings.sample.shape[1] != len(asked):
            meanings = await self._read_meanings(shelf, len(asked))
        found = (each for each in meanings.standing_out(asked) if shelf.is_for(each, toy.id))
        return list(islice(found, MAX_STANDING_OUT))

    async def _read(self) -> Shelf:
        before = self._changes
        kept = await self._store.passages.indexed(words.version())
        shelf = await asyncio.to_thread(Shelf.of, kept)
        if before == self._changes:
            self._shelf = shelf
        return shelf

    async def _read_meanings(self, shelf: Shelf, dimensions: int) -> Meanings:
        before = self._changes
        own = set(shelf.numbers[shelf.own][-MAX_OWN:].tolist())
        readable = shelf.numbers[shelf.cloud] if self._is_outside else shelf.numbers
        step = 1 + len(readable) // MAX_SAMPLE
        wanted = own | set(readable[::step].tolist())
        kept = await self._store.passages.vectors(self._version, wanted)
        found = await asyncio.to_thread(Meanings.of, kept, own, dimensions)
        if before == self._changes:
            self._meanings = found
        return found

    async def _meaning(self, said: str, toy: Toy, *, outside: bool) -> Vectors | None:
        if self._asked is None:
            return None
        if self._is_outside and not (outside and await self.asks_outside(toy)):
            return None
        return await self._asked.meaning(said)


def in_order(fitting: Sequence[Candidate], asked: Vectors | None) -> Sequence[Candidate]:
    """By words and, of those whose meaning is known, by their nearest part."""
    if asked is None:
        return fitting
    near = nearness([one.vector for one in fitting], asked)
    known = [place for place in np.argsort(-near, kind="stable") if near[place] > -1]
    scores = [1 / (RANKS + place) for place in range(len(fitting))]
    for rank, place in enumerate(known):
        scores[place] += BY_MEANING / (RANKS + rank)
    return [fitting[place] for place in np.argsort(-np.array(scores), kind="stable")]
