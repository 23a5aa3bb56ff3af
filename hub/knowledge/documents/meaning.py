"""What texts mean, as an embedding model gives it: how passages are cut for one, how it is asked while a child waits,
and what stands out to a question.

A model reads a passage in parts of a few sentences, as what a child asks for is mostly said in one of them.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import structlog
from numpy.typing import NDArray

from hub.domain.clock import Clock
from hub.errors import CloudsOffError, ProviderError
from hub.knowledge.documents.passages import sentences
from hub.providers.base import Embedder

PART_CHARS: Final = 350
"""Of 100, 200, 350 and whole passages what found most with the embedder of `make bench ONLY=recall`."""
MAX_OWN: Final = 500
"""Passages that a family wrote down itself and that are compared with every question, the newest."""
MAX_SAMPLE: Final = 300
"""Passages of all kinds, and parts of them, that say how near anything comes to a question."""
STANDS_OUT: Final = 3.2
"""Standard deviations above the sample's mean; chosen by `make bench ONLY=recall`, on the half that isn't held out."""
MAX_STANDING_OUT: Final = 2
MEANING_S: Final = 1.0
"""A child waits: what an embedder doesn't say in this time is done without."""
AWAY_S: Final = 60.0
"""One that failed is left alone for so long."""
LOADING_S: Final = 120.0
"""A server at home may first have to read its model from the disk, and drops it when nobody asked for some minutes."""
ANY_WORDS: Final = "Hello."
"""A model at home is made ready by reading them; one outside is sent nothing for that."""

Vectors = NDArray[np.float32]

log = structlog.get_logger()


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


def nearness(kept: Sequence[bytes], asked: Vectors) -> Vectors:
    """The cosine of the nearest part of each passage; -1 where its parts are none, or another model's."""
    size = len(asked) * np.dtype(np.float16).itemsize
    counts = [0 if len(each) % size else len(each) // size for each in kept]
    known = b"".join(each for each, count in zip(kept, counts, strict=True) if count)
    near = unpacked(known, len(asked)) @ asked
    return np.array(
        [part.max(initial=-1.0) for part in np.split(near, np.cumsum(counts)[:-1])], np.float32
    )


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
        parts_of_all = np.concatenate([none, *rows.values()])
        return cls(
            np.repeat(np.array(list(mine), np.int64), [len(each) for each in mine.values()]),
            np.concatenate([none, *mine.values()]),
            parts_of_all[:: 1 + len(parts_of_all) // MAX_SAMPLE].copy(),
        )

    def standing_out(self, asked: Vectors) -> list[int]:
        """Numbers of passages that are far nearer to a question than most are, the nearest first."""
        if not len(self.own):
            return []
        usual, near = self.sample @ asked, self.own @ asked
        order = np.argsort(-near, kind="stable")
        order = order[near[order] > usual.mean() + STANDS_OUT * usual.std()]
        return list(dict.fromkeys(self.numbers[order].tolist()))


class AskedModel:
    """The model, asked while a child waits: who asks before it is ready, or while it is away, goes without."""

    def __init__(self, embedder: Embedder, clock: Clock) -> None:
        self._embedder = embedder
        self._clock = clock
        self._away_until = 0.0
        self._told_away = False
        self._is_loading = False
        self._failed = asyncio.Event()

    async def run(self) -> None:
        """Make it ready, and again whenever it failed; until cancelled."""
        while True:
            self._failed.clear()
            self._is_loading = True
            ready = await self._is_ready()
            self._is_loading = False
            if ready:
                await self._failed.wait()
            else:
                await self._clock.sleep(AWAY_S)

    async def _is_ready(self) -> bool:
        embedder, timeout = self._embedder, self._clock.timeout
        try:
            async with timeout(LOADING_S):
                await embedder.warm_up()
                if embedder.local:
                    await embedder.embed([ANY_WORDS])
                    async with timeout(MEANING_S):
                        await embedder.embed([ANY_WORDS])
                    self._away_until = 0.0
                    self._told_away = False
        except CloudsOffError:
            return False
        except (ProviderError, TimeoutError) as error:
            self._leave(error)
            return False
        return True

    def _leave(self, why: Exception) -> None:
        if not self._told_away:
            log.warning("passages are found by words alone", error=str(why))
        self._told_away = True
        self._away_until = self._clock.monotonic() + AWAY_S

    async def meaning(self, said: str) -> Vectors | None:
        """None where words alone must do."""
        if self._is_loading or self._clock.monotonic() < self._away_until:
            return None
        try:
            async with self._clock.timeout(MEANING_S):
                (row,) = await self._embedder.embed([said])
        except CloudsOffError:
            return None  # as the family wants it, and over as soon as they allow it
        except (ProviderError, TimeoutError) as error:
            self._leave(error)
            self._failed.set()
            return None
        self._told_away = False
        return np.array(row, np.float32)
