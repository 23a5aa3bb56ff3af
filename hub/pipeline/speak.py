"""From checked words to sound at 16 kHz, by the first voice that works."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import structlog

from hub.domain.audio import PcmChunk
from hub.domain.clock import Clock
from hub.domain.household import Freight, LedgerKind
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.talk import Turn
from hub.domain.toys import Voice
from hub.domain.trace import Work
from hub.errors import ProviderError, ProviderTimeoutError
from hub.pipeline.resample import Resampler
from hub.pipeline.timings import Timings
from hub.providers.base import Tts
from hub.safety.outgoing import Outgoing

log = structlog.get_logger()


async def speak(
    ttses: Sequence[Tts],
    text: SafeText,
    *,
    voice: Voice,
    policy: SafetyPolicy,
    outgoing: Outgoing,
    timeout_s: float,
    clock: Clock,
    timings: Timings,
    turn: Turn,
) -> AsyncGenerator[PcmChunk]:
    """Speech for one clause; writes the provider into `turn`.

    `voice` is the preferred provider's; others speak with their own default. Falls back only
    before the first sound; raises ProviderError when no voice works or one breaks off.
    """
    problem = ProviderError("no voice is set up: see `pommai-hub doctor`")
    for preference, tts in enumerate(ttses):
        turn.providers["tts"] = tts.name
        sounded = False
        try:
            chosen = voice if preference == 0 else Voice()
            async with (
                outgoing.sending(tts, LedgerKind.TTS, Freight.TEXT, len(text.text)) as shipment,
                timings.span(Work.TTS, tts.name, text.text) as work,
                aclosing(_sound(tts, text, chosen, policy, timeout_s, clock)) as sound,
            ):
                async for chunk in sound:
                    sounded = shipment.used = True
                    work.first()
                    yield chunk
            if sounded:
                return
            problem = ProviderError(f"{tts.name}: gave no sound")
        except ProviderError as error:
            if sounded:
                raise
            problem = error
        log.warning("voice failed", provider=tts.name, error=str(problem))
    raise problem


async def _sound(
    tts: Tts, text: SafeText, voice: Voice, policy: SafetyPolicy, timeout_s: float, clock: Clock
) -> AsyncGenerator[PcmChunk]:
    resampler: Resampler | None = None
    async with aclosing(tts.speak(text, voice, policy)) as stream:
        while True:
            try:
                async with clock.timeout(timeout_s):
                    chunk = await anext(stream)
            except StopAsyncIteration:
                break
            except TimeoutError as error:
                raise ProviderTimeoutError(f"{tts.name}: no sound for {timeout_s:g} s") from error
            resampler = resampler or Resampler(chunk.rate_hz)
            resampled = resampler.push(chunk)
            if resampled.data:
                yield resampled
    if resampler and (rest := resampler.flush()).data:
        yield rest
