"""What a turn gets from the pool: a provider that is made ready when it is asked, behind its circuit breaker."""

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import TypeVar, cast

import structlog

from hub.domain.audio import PcmChunk
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.talk import Transcript
from hub.domain.toys import ProviderKind, Voice
from hub.errors import ProviderTimeoutError
from hub.providers.base import Llm, LlmDelta, LlmRequest, Provider, Stt, Tts
from hub.providers.breaker import Attempt
from hub.providers.slot import Slot

log = structlog.get_logger()

P = TypeVar("P")


class _Pooled:
    """`local` as its provider; what waits for its first use is embedded, so it is local."""

    def __init__(self, slot: Slot) -> None:
        self.name = slot.name
        self.local = slot.provider is None or slot.provider.local
        self._slot = slot

    async def warm_up(self) -> None:
        await self._slot.warm()

    async def aclose(self) -> None:
        """The pool closes what it made."""

    async def _ready(self) -> Provider:
        slot = self._slot
        if slot.provider is None:
            log.warning("a stand-in is made ready", kind=slot.kind.value, provider=slot.name)
        return await slot.warm()


class _PooledStt(_Pooled):
    async def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        stt = cast(Stt, await self._ready())
        with self._slot.breaker.attempt(self._slot.patience_s) as attempt:
            whole = stt.transcribe(_waiting_from_the_end(audio, attempt), language=language)
            async with aclosing(whole) as transcripts:
                async for transcript in transcripts:
                    if transcript.final:
                        attempt.heard_from()
                    yield transcript


class _PooledLlm(_Pooled):
    async def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta]:
        llm = cast(Llm, await self._ready())
        with self._slot.breaker.attempt(self._slot.patience_s) as attempt:
            async with aclosing(_in_time(self.name, llm.reply(request), attempt)) as deltas:
                async for delta in deltas:
                    yield delta


class _PooledTts(_Pooled):
    async def speak(
        self, text: SafeText, voice: Voice, policy: SafetyPolicy
    ) -> AsyncGenerator[PcmChunk]:
        tts = cast(Tts, await self._ready())
        with self._slot.breaker.attempt(self._slot.patience_s) as attempt:
            speech = tts.speak(text, voice, policy)
            async with aclosing(_in_time(self.name, speech, attempt)) as chunks:
                async for chunk in chunks:
                    yield chunk


async def _in_time(name: str, pieces: AsyncGenerator[P], attempt: Attempt) -> AsyncGenerator[P]:
    """`pieces`, each noted; the first one of a trial must come soon."""
    async with aclosing(pieces):
        while True:
            try:
                async with attempt.clock.timeout(attempt.first_within_s):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise ProviderTimeoutError(f"{name}: still no answer") from error
            attempt.heard_from()
            yield piece
            attempt.wait_anew()


async def _waiting_from_the_end(
    audio: AsyncIterable[PcmChunk], attempt: Attempt
) -> AsyncGenerator[PcmChunk]:
    async for chunk in audio:
        yield chunk
        attempt.wait_anew()
    attempt.wait_anew()


_POOLED = {
    ProviderKind.STT: _PooledStt,
    ProviderKind.LLM: _PooledLlm,
    ProviderKind.TTS: _PooledTts,
}


def pooled(slot: Slot) -> Provider:
    return _POOLED[slot.kind](slot)
