"""The hub's own pool for one kind of provider, and what follows a script for the others."""

from collections.abc import Sequence
from typing import Any

from hub.domain.toys import ProviderKind, Toy
from hub.providers.base import Llm, Stt, Tts
from hub.providers.pool import Providers
from tests.pipeline.scripted import ScriptedProviders


class Mixed:
    def __init__(self, kind: ProviderKind, pool: Providers, scripted: ScriptedProviders) -> None:
        self._of: dict[ProviderKind, Any] = {
            each: pool if each is kind else scripted for each in ProviderKind
        }

    async def stt(self, toy: Toy) -> Sequence[Stt]:
        found: Sequence[Stt] = await self._of[ProviderKind.STT].stt(toy)
        return found

    async def llm(self, toy: Toy) -> Sequence[Llm]:
        found: Sequence[Llm] = await self._of[ProviderKind.LLM].llm(toy)
        return found

    async def tts(self, toy: Toy) -> Sequence[Tts]:
        found: Sequence[Tts] = await self._of[ProviderKind.TTS].tts(toy)
        return found

    async def tts_names(self, toy: Toy) -> Sequence[str]:
        found: Sequence[str] = await self._of[ProviderKind.TTS].tts_names(toy)
        return found
