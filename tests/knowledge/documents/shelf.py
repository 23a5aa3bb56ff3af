"""One household's documents, kept, read and searched."""

import uuid
from collections.abc import Sequence

from hub.domain.clock import Clock
from hub.domain.family.documents import Document, DocumentFormat, DocumentKind, FoundPassage
from hub.domain.toys import Toy
from hub.events import Bus
from hub.knowledge.documents.library import DocumentLibrary
from hub.knowledge.documents.search import PassageSearch
from hub.providers.base import Embedder
from hub.storage.store import Store


class Shelf:
    """One household's documents, without a hub around them."""

    def __init__(self, store: Store, bus: Bus, clock: Clock) -> None:
        self.store = store
        self.bus = bus
        self.clock = clock
        self.embedder: Embedder | None = None
        self.start()

    def start(self) -> None:
        """As after a restart."""
        self.search = PassageSearch(self.store, self.clock, self.embedder)
        parts = (self.store, self.bus, self.clock, self.search, self.embedder)
        self.library = DocumentLibrary(*parts)

    async def toy(self, name: str = "Pommai") -> Toy:
        return await self.store.toys.by_name(name)

    async def add(
        self,
        text: str,
        toy_id: str | None = None,
        *,
        title: str = "Ours",
        kind: DocumentKind = DocumentKind.FACT,
        cloud: bool = False,
    ) -> Document:
        document = Document(
            uuid.uuid4().hex,
            title,
            kind,
            DocumentFormat.TEXT,
            self.clock.now(),
            toy_id=toy_id,
            cloud=cloud,
        )
        return await self.store.documents.add(document, text.encode())

    async def find(self, question: str, toy: Toy | None = None) -> Sequence[FoundPassage]:
        return await self.search.find(question, toy or await self.toy())

    async def texts(self, question: str, toy: Toy | None = None) -> list[str]:
        return [found.passage.text for found in await self.find(question, toy)]
