"""From an utterance to its words: by a toy's recognisers, of which the first that works counts."""

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import structlog

from hub.domain.audio import PcmChunk
from hub.domain.household import ContentKind, LedgerKind
from hub.domain.talks.talk import Transcript
from hub.domain.talks.trace import Work
from hub.egress.gate import SentRequest
from hub.errors import DataError, PommaiError, ProviderError, ProviderTimeoutError
from hub.pipeline.context import TurnContext
from hub.pipeline.listen.utterance import Utterance
from hub.pipeline.timings import Timings
from hub.providers.base import Stt

log = structlog.get_logger()

Outcome = Transcript | PommaiError
"""What became of recognising; an error as a value, as it may come while the child still speaks."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was heard, by which recogniser, in how much sound."""

    transcript: Transcript
    provider: str
    audio_ms: float


async def _ignore(transcript: Transcript) -> None:
    """For who waits for the final transcript alone."""


class Recognition:
    """Recognises the utterances of one turn; `on_words` takes each transcript as it comes, interim ones too."""

    def __init__(
        self,
        context: TurnContext,
        stts: Sequence[Stt],
        on_words: Callable[[Transcript], Awaitable[None]] = _ignore,
    ) -> None:
        self._context = context
        self._stts = stts
        self._on_words = on_words
        self._timeout_s = context.services.settings.stt_timeout_s

    async def begin(self, utterance: Utterance, timings: Timings) -> Outcome:
        """What the preferred recogniser makes of it."""
        if not self._stts:
            return ProviderError("no recogniser is set up: see `pommai-hub doctor`")
        return await self._attempt(self._stts[0], utterance, timings)

    async def finish(self, utterance: Utterance, first: Awaitable[Outcome]) -> Hearing:
        """The words of the whole utterance. `first` is what the preferred recogniser was begun with; the others
        get the whole of it, in turn. Raises ProviderError or DataError when none did its work."""
        problem: PommaiError | None = None
        timings = self._context.timings
        for stt in self._stts:
            try:
                async with self._context.services.clock.timeout(self._timeout_s):
                    outcome = await (self._attempt(stt, utterance, timings) if problem else first)
            except TimeoutError:
                timings.fail(Work.STT, stt.name)
                outcome = ProviderTimeoutError(
                    f"{stt.name}: no transcript within {self._timeout_s:g} s"
                )
            if isinstance(outcome, Transcript):
                return Hearing(outcome, stt.name, utterance.duration_ms)
            log.warning("recogniser failed", provider=stt.name, error=str(outcome))
            problem = outcome
        raise problem or ProviderError("no recogniser is set up: see `pommai-hub doctor`")

    async def _attempt(self, stt: Stt, utterance: Utterance, timings: Timings) -> Outcome:
        """One recogniser's final transcript."""
        services, language = self._context.services, self._context.ask.toy.language
        try:
            async with (
                services.outgoing.sending(stt, LedgerKind.STT, ContentKind.AUDIO, 0) as request,
                timings.span(Work.STT, stt.name) as work,
                aclosing(
                    stt.transcribe(_counted(utterance, request), language=language)
                ) as transcripts,
            ):
                async for transcript in transcripts:
                    await self._on_words(transcript)
                    if transcript.final:
                        request.used = True
                        work.first()
                        return transcript
        except (ProviderError, DataError) as error:  # DataError: nothing may be sent now
            return error
        return ProviderError(f"{stt.name}: ended without a final transcript")


async def _counted(
    audio: AsyncIterable[PcmChunk], request: SentRequest
) -> AsyncGenerator[PcmChunk]:
    """`audio`, each chunk counted before it goes."""
    async for chunk in audio:
        await request.carry(len(chunk.data))
        yield chunk
