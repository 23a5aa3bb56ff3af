"""Providers of a household for the pages, which stand as a test says."""

from collections.abc import Iterable

from hub.domain.toys import ProviderKind, Toy
from hub.providers.pool import Providers, Standing


class PretendProviders(Providers):
    """The embedded ones, until a test says how they stand."""

    def __init__(self) -> None:
        embedded = {"stt": "sphinx", "llm": "storyteller", "tts": "espeak"}
        self.stand = [Standing(ProviderKind(k), name, "", name) for k, name in embedded.items()]

        self.deaf_to: frozenset[str] = frozenset()
        """Languages."""

    async def heard(self, toy: Toy, languages: Iterable[str]) -> frozenset[str]:
        return frozenset(languages) - self.deaf_to

    async def look_again(self) -> None:
        """Nothing fails here."""

    async def standing(self, toy: Toy) -> list[Standing]:
        return self.stand
