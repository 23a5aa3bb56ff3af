"""A model on a server that says what texts mean. What it is asked outside the home is masked, paid for and noted.

Whoever asks it sends only what a parent lets models outside read: documents with that tick, and what is said to toys
that know one of them.
"""

import asyncio
from collections.abc import Sequence
from typing import Self

from hub.domain.household import ContentKind, LedgerKind
from hub.domain.toys import ProviderKind
from hub.egress.gate import EgressGate
from hub.egress.places import Place, place_of
from hub.egress.spending import Price, Spending
from hub.errors import ProviderUnavailableError
from hub.providers.base import ProviderSetup
from hub.providers.embedding.openai import OpenAiEmbedder


class RemoteEmbedder:
    """An `Embedder`."""

    def __init__(self, embedder: OpenAiEmbedder, outgoing: EgressGate, spending: Spending) -> None:
        self._embedder = embedder
        self._outgoing = outgoing
        self._spending = spending
        self.name = embedder.name
        self.version = embedder.version
        self.local = embedder.local

    @classmethod
    def chosen(cls, setup: ProviderSetup, outgoing: EgressGate, spending: Spending) -> Self | None:
        """None where there is none. Raises ConfigError for one without a model."""
        found = OpenAiEmbedder.chosen(setup)
        return None if found is None else cls(found, outgoing, spending)

    @property
    def place(self) -> Place | None:
        """Where what it reads goes; None: it stays at home."""
        return None if self.local else place_of(self._embedder.server.host)

    @property
    def price(self) -> Price:
        return self._spending.price(ProviderKind.EMBEDDING, self.name)

    async def warm_up(self) -> None:
        """Raises ProviderError that says what is missing, or that all clouds are turned off."""
        self._outgoing.require(self._embedder)
        await self._embedder.warm_up()

    async def aclose(self) -> None:
        await self._embedder.aclose()

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Raises ProviderError: also while all clouds are turned off, or once the month's budget is used up."""
        if not self.local:
            self._outgoing.require(self._embedder)
            if not await self._spending.may_cost(ProviderKind.EMBEDDING, self.name):
                raise ProviderUnavailableError(f"{self.name}: the month's budget is used up")
            masker = await self._outgoing.masker()
            texts = await asyncio.to_thread(lambda: [masker.mask(text) for text in texts])
        characters = sum(map(len, texts))
        async with self._outgoing.sending(
            self._embedder, LedgerKind.EMBEDDING, ContentKind.TEXT, characters
        ) as sent:
            vectors = await self._embedder.embed(texts)
            sent.used = True
        return vectors
