"""Reads what parents give toys to know, one document after the other, and takes off the disk what they remove.

How far each is stands in the database, so that a restart goes on where the hub stopped: bytes that wait are kept with
the document, passages that the present version of the lists of words lacks are indexed, those that the present model
of meanings doesn't know are read by it, and what is half removed is removed.
"""

import asyncio
from bisect import bisect
from itertools import accumulate, islice
from typing import Final

import structlog

from hub.domain.clock import Clock
from hub.domain.family.documents import Document, DocumentState
from hub.errors import DataError, ProviderError, RefusedError
from hub.events import Bus, DocumentsChanged, Missed, Subscription
from hub.knowledge.documents.meaning import made_by, packed, parts
from hub.knowledge.documents.passages import passages
from hub.knowledge.documents.reading import read
from hub.knowledge.documents.search import PassageSearch
from hub.knowledge.documents.words import indexed
from hub.knowledge.documents.words import version as words_version
from hub.providers.base import Embedder
from hub.storage.documents.passages import PassageToIndex
from hub.storage.store import Store

AT_ONCE: Final = 32
"""Passages that are read before they are kept; of an embedder, parts of passages, in one request."""
EMBED_S: Final = 1800.0
"""For one request and its second try; on a small computer a large model takes seconds for each part."""
RETRY_S: Final = 30.0
LOOK_AGAIN_S: Final = 3600.0

log = structlog.get_logger()


class DocumentLibrary:
    def __init__(
        self,
        store: Store,
        bus: Bus,
        clock: Clock,
        search: PassageSearch,
        embedder: Embedder | None = None,
    ) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._search = search
        self._embedder = embedder
        self._cloud = embedder is not None and not embedder.local
        """The embedder reads only what may leave the home."""
        self._told = ""
        self._busy = asyncio.Lock()

    async def run(self) -> None:
        """Until cancelled."""
        with self._bus.subscribe() as changes:
            while True:
                if wait_s := await self._do_all():
                    await self._next(changes, wait_s)

    async def finish(self) -> bool:
        """Read and remove all that is due; whether nothing is left to do. Raises DataError."""
        async with self._busy:
            return await self._finish()

    async def _finish(self) -> bool:
        done = True
        for document in await self._store.documents.unfinished():
            if document.state is DocumentState.REMOVING:
                done = await self._erase(document) and done
            else:
                await self._read(document)
            self._search.forget()
        await self._index()
        return done

    async def _do_all(self) -> float:
        """Gives after how many seconds to look again."""
        try:
            done = await self.finish()
            more = await self.embed_some()
        except (DataError, ProviderError, TimeoutError) as error:
            if self._told != (why := str(error)):
                log.warning("what toys are to know is not read yet", error=why)
                self._told = why
            return RETRY_S
        self._told = ""
        return 0 if more else LOOK_AGAIN_S if done else RETRY_S

    async def _next(self, changes: Subscription, wait_s: float) -> None:
        try:
            async with self._clock.timeout(wait_s):
                while not isinstance(await changes.get(), DocumentsChanged | Missed):
                    pass
        except TimeoutError:
            return

    async def _read(self, document: Document) -> None:
        kept = self._store.documents
        try:
            text = await read(await kept.raw(document.id), document.format, self._clock)
        except DataError as error:
            await kept.fail(document.id, str(error))
            log.info("a document can't be read", document=document.id)
            return
        cut = await asyncio.to_thread(passages, text)
        try:
            await kept.read(document.id, cut, len(text))
        except RefusedError as error:
            await kept.fail(document.id, str(error))
        log.info("a document was read", document=document.id, passages=len(cut))

    async def embed_some(self) -> bool:
        """Let the model read some passages that it doesn't know yet; whether there may be more.

        Raises ProviderError, TimeoutError.
        """
        if self._embedder is None:
            return False
        kept, version = self._store.passages, made_by(self._embedder)
        # Looked up before each request: what a parent takes back meanwhile is in none that follows.
        waiting = await kept.not_embedded(version, AT_ONCE, cloud=self._cloud)
        if not waiting:
            return False
        cut = await asyncio.to_thread(lambda: [parts(_titled(each)) for each in waiting])
        fits = bisect([*accumulate(map(len, cut))], AT_ONCE) or 1
        async with self._clock.timeout(EMBED_S):
            rows = await self._embedder.embed([part for each in cut[:fits] for part in each])
        of_passages = iter(rows)
        vectors = [packed(islice(of_passages, len(each))) for each in cut[:fits]]
        await kept.embed(version, zip((each.number for each in waiting), vectors, strict=False))
        self._search.forget_meanings()
        return fits < len(waiting) or len(waiting) == AT_ONCE

    async def read_by_model(self) -> tuple[int, int] | None:
        """How many passages the model of meanings knows, and how many it may read; None without a model."""
        if self._embedder is None:
            return None
        version = made_by(self._embedder)
        return await self._store.passages.count_embedded(version, cloud=self._cloud)

    async def _index(self) -> None:
        """What this version of the lists of words doesn't have yet, a few passages at a time."""
        kept = self._store.passages
        while waiting := await kept.not_indexed(words_version(), AT_ONCE):
            made = []
            for each in waiting:
                stems = await asyncio.to_thread(indexed, _titled(each), each.language)
                made.append((each.number, " ".join(stems)))
            await kept.index(words_version(), made)
            self._search.forget()

    async def _erase(self, document: Document) -> bool:
        """Whether nothing of it is left on the disk. Raises DataError."""
        kept = self._store.documents
        while await kept.erase_some(document.id):
            pass
        await kept.clean_index()
        if not await kept.forget(document.id):
            return False
        log.info("a document is gone from the disk", document=document.id)
        return True


def _titled(each: PassageToIndex) -> str:
    """In all of a document's passages, the title's words would tell none from another."""
    return each.text if each.place else f"{each.title}. {each.text}"
