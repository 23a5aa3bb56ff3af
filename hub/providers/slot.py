"""One provider of the pool: made and warmed once, whoever asks first, and asked through its circuit breaker.

A `Slot` holds it; what a turn gets is `pooled(slot)`, which makes it ready when it is asked.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from concurrent.futures import Executor
from contextlib import AsyncExitStack, aclosing
from typing import TypeVar, cast

import structlog

from hub.domain.audio import PcmChunk
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.talks.talk import Transcript
from hub.domain.toys import ProviderKind, Voice
from hub.errors import CloudsOffError, PommaiError, ProviderTimeoutError, ProviderUnavailableError
from hub.providers.base import Llm, LlmDelta, LlmRequest, Provider, ProviderSetup, Stt, Tts
from hub.providers.network.breaker import Attempt, Breaker
from hub.providers.registry import EMBEDDED, load, missing_extra

log = structlog.get_logger()

P = TypeVar("P")

MAX_WARM_UP_S = 60.0
RETRY_AFTER_S = 30.0
"""How long a failed warm-up is remembered before a turn tries again."""


class Slot:
    """Making the provider may import packages, so `importing` does it."""

    def __init__(
        self, kind: ProviderKind, name: str, setup: ProviderSetup, importing: Executor
    ) -> None:
        self.name = name
        self.kind = kind
        turn = setup.config.turn
        self.patience_s = {
            ProviderKind.STT: turn.stt_timeout_s,
            ProviderKind.LLM: min(turn.llm_timeout_s, turn.give_up_s),
            ProviderKind.TTS: min(turn.tts_timeout_s, turn.give_up_s),
        }[kind]
        """How long a turn waits for an answer."""
        self.breaker = Breaker(kind, name, setup.clock, last_resort=name == EMBEDDED[kind])
        self.provider: Provider | None = None
        """None: not tried yet, or failed for the reason in `_problem`."""
        self._problem = ""
        self._failing_since_s: float | None = None
        self._setup = setup
        self._importing = importing
        self._clock = setup.clock
        self._warming: asyncio.Task[Provider] | None = None
        self._retry_at_s = 0.0

    @property
    def problem(self) -> str:
        """Why it can't be used now, in one line; "" where nothing speaks against it."""
        return self._problem or self.breaker.problem

    @property
    def out_since_s(self) -> float | None:
        """Since when, on the clock's monotonic time; None where it can be used."""
        return self._failing_since_s or self.breaker.out_since_s

    async def warm(self, *, again: bool = True) -> Provider:
        """The provider, ready. Raises PommaiError whatever went wrong, at once for a while.

        What one turn began goes on when that turn is cut: the next one finds it ready. Without `again`
        nobody waits for one that failed before; it is made ready for whoever asks later.
        """
        if self.provider is not None:
            self._require_allowed(self.provider)
            return self.provider
        if self._warming is None:
            if self._problem and self._clock.monotonic() < self._retry_at_s:
                raise ProviderUnavailableError(self._problem)
            self._warming = asyncio.create_task(self._warm_up(), name=f"warm up {self.name}")
            self._warming.add_done_callback(_seen)
        if self._problem and not again:
            raise ProviderUnavailableError(self._problem)
        return await asyncio.shield(self._warming)

    async def aclose(self) -> None:
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.gather(self._warming, return_exceptions=True)
        provider, self.provider = self.provider, None
        if provider is not None:
            await provider.aclose()

    async def _warm_up(self) -> Provider:
        try:
            self.provider = await self._create()
        except CloudsOffError:
            raise  # as the family wants it: no trouble of the provider's, and over as soon as they allow it
        except PommaiError as error:
            self._problem = str(error)
            now_s = self._clock.monotonic()
            self._retry_at_s = now_s + RETRY_AFTER_S
            if self._failing_since_s is None:
                self._failing_since_s = now_s
            raise
        finally:
            self._warming = None
        self._problem, self._failing_since_s = "", None
        return self.provider

    def _require_allowed(self, provider: Provider) -> None:
        if not provider.local:
            self._setup.clouds.require(self.name)

    async def _create(self) -> Provider:
        name = self.name
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as undo:
            try:
                provider = await loop.run_in_executor(
                    self._importing, load, self.kind, name, self._setup
                )
                undo.push_async_callback(provider.aclose)
                self._require_allowed(provider)
                async with self._clock.timeout(MAX_WARM_UP_S):
                    await provider.warm_up()
                self._require_allowed(provider)  # they may have been turned off meanwhile
            except PommaiError:
                raise
            except ModuleNotFoundError as error:
                raise missing_extra(name, error) from error
            except TimeoutError as error:
                raise ProviderTimeoutError(
                    f"{name}: not ready after {MAX_WARM_UP_S:.0f} s; it is tried again later"
                ) from error
            except Exception as error:
                why = f"{type(error).__name__}: {error}".partition("\n")[0]
                raise ProviderUnavailableError(f"{name}: can't start: {why}") from error
            undo.pop_all()
        return provider


def _seen(warming: asyncio.Task[Provider]) -> None:
    """What went wrong is in `problem`, also where nobody waits for it."""
    if not warming.cancelled():
        warming.exception()


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

    async def _in_time(self, ask: Callable[[Provider], AsyncGenerator[P]]) -> AsyncGenerator[P]:
        """The pieces of an answer, each noted; the first one of a trial must come soon."""
        provider = await self._ready()
        with self._slot.breaker.attempt(self._slot.patience_s) as attempt:
            async with aclosing(ask(provider)) as pieces:
                while True:
                    try:
                        async with attempt.clock.timeout(attempt.first_within_s):
                            piece = await anext(pieces)
                    except StopAsyncIteration:
                        return
                    except TimeoutError as error:
                        raise ProviderTimeoutError(f"{self.name}: still no answer") from error
                    attempt.heard_from()
                    yield piece
                    attempt.wait_anew()


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
    def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta]:
        return self._in_time(lambda llm: cast(Llm, llm).reply(request))


class _PooledTts(_Pooled):
    def speak(self, text: SafeText, voice: Voice, policy: SafetyPolicy) -> AsyncGenerator[PcmChunk]:
        return self._in_time(lambda tts: cast(Tts, tts).speak(text, voice, policy))


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
