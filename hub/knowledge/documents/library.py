"""Reads what parents give toys to know, one document after the other, and takes off the disk what they remove.

How far each is stands in the database, so that a restart goes on where the hub stopped: bytes that wait are kept with
the document, passages that the present version of the index lacks are indexed, and what is half removed
is removed.
"""

import asyncio
from typing import Final

import numpy as np
import structlog

from hub.domain.clock import Clock
from hub.domain.family.documents import Document, DocumentState
from hub.errors import DataError, ProviderError, RefusedError
from hub.events import Bus, DocumentsChanged, Missed, Subscription
from hub.knowledge.documents.passages import parts, passages
from hub.knowledge.documents.reading import read
from hub.knowledge.documents.search import PassageSearch, VersionedEmbedder, version_with
from hub.knowledge.documents.words import indexed
from hub.storage.store import Store

AT_ONCE: Final = 32
"""Passages that an embedder gets in one go."""
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
        embedder: VersionedEmbedder,
    ) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._search = search
        self._embedder = embedder
        self._busy = asyncio.Lock()

    async def run(self) -> None:
        """Until cancelled."""
        with self._bus.subscribe() as changes:
            while True:
                await self._next(changes, await self._do_all())

    async def finish(self) -> bool:
        """Read and remove all that is due; whether nothing is left to do. Raises DataError."""
        async with self._busy:
            return await self._finish()

    async def _finish(self) -> bool:
        await self._embedder.warm_up()
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
            return LOOK_AGAIN_S if await self.finish() else RETRY_S
        except (DataError, ProviderError) as error:
            log.warning("what toys are to know is not read yet", error=str(error))
            return RETRY_S

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

    async def _index(self) -> None:
        """What this version of the index doesn't have yet, a few passages at a time."""
        version, kept = version_with(self._embedder), self._store.documents
        while waiting := await kept.not_indexed(version, AT_ONCE):
            made = []
            for each in waiting:
                # In all of them, the title's words would tell none from another.
                titled = each.text if each.place else f"{each.title}. {each.text}"
                stems = await asyncio.to_thread(indexed, titled, each.language)
                rows = await self._embedder.embed(parts(titled))
                made.append((each.number, " ".join(stems), np.array(rows, np.float16).tobytes()))
            await kept.index(version, made)
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
