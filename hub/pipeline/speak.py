"""From checked words to sound at 16 kHz, by the first voice that works."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import structlog

from hub.domain.audio import SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock
from hub.domain.household import Freight, LedgerKind
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.talk import Turn
from hub.domain.toys import Toy, Voice
from hub.domain.trace import Work
from hub.errors import DataError, ProviderError, ProviderTimeoutError
from hub.pipeline.kept_sounds import SoundKey
from hub.pipeline.resample import Resampler
from hub.pipeline.services import TurnServices
from hub.pipeline.timings import Timings
from hub.providers.base import Tts
from hub.providers.synthesis import split

log = structlog.get_logger()


async def speak(
    services: TurnServices,
    toy: Toy,
    text: SafeText,
    policy: SafetyPolicy,
    timings: Timings,
    turn: Turn,
) -> AsyncGenerator[PcmChunk]:
    """Speech for one clause; writes the provider into `turn`.

    The toy's voice is its preferred provider's; others speak with their own default. A voice that
    failed in this turn comes last. Falls back only before the first sound; raises ProviderError when
    no voice works or one breaks off. The sound of a reviewed sentence is kept for the next time.
    """
    problem: ProviderError | DataError
    problem = ProviderError("no voice is set up: see `pommai-hub doctor`")
    voices = voices_of(toy, await services.providers.tts(toy))
    failed = {span.provider for span in timings.spans if span.work is Work.TTS and span.failed}
    for tts, voice in sorted(voices, key=lambda each: each[0].name in failed):
        turn.providers["tts"] = tts.name
        key = SoundKey(tts.name, voice, toy.language, text)
        if text.reviewed and (kept := await services.sounds.get(key, policy)):
            for chunk in split(kept, SPEECH_RATE_HZ):
                yield chunk
            return
        made = bytearray()
        sounded = False
        try:
            async with (
                timings.span(Work.TTS, tts.name, text.text) as work,
                aclosing(sound_of(services, tts, voice, text, policy)) as sound,
            ):
                async for chunk in sound:
                    sounded = True
                    if text.reviewed:
                        made += chunk.data
                    work.first()
                    yield chunk
            if sounded:
                if made:
                    await services.sounds.keep(key, bytes(made))
                return
            problem = ProviderError(f"{tts.name}: gave no sound")
        except (ProviderError, DataError) as error:  # DataError: nothing may leave the house now
            if sounded:
                raise
            problem = error
        log.warning("voice failed", provider=tts.name, error=str(problem))
    raise problem


def voices_of(toy: Toy, ttses: Sequence[Tts]) -> list[tuple[Tts, Voice]]:
    """Each provider with the voice that the toy has there: its own of the first, else the default."""
    return [(tts, Voice() if number else toy.voice) for number, tts in enumerate(ttses)]


async def sound_of(
    services: TurnServices, tts: Tts, voice: Voice, text: SafeText, policy: SafetyPolicy
) -> AsyncGenerator[PcmChunk]:
    """What one voice makes of the words, with a row in the ledger if they leave the house."""
    outgoing, timeout_s = services.outgoing, services.settings.tts_timeout_s
    async with (
        outgoing.sending(tts, LedgerKind.TTS, Freight.TEXT, len(text.text)) as shipment,
        aclosing(tts.speak(text, voice, policy)) as stream,
    ):
        resampler: Resampler | None = None
        while (chunk := await _next(stream, tts.name, timeout_s, services.clock)) is not None:
            resampler = resampler or Resampler(chunk.rate_hz)
            resampled = resampler.push(chunk)
            if resampled.data:
                shipment.used = True
                yield resampled
        if resampler and (rest := resampler.flush()).data:
            shipment.used = True
            yield rest


async def _next(
    stream: AsyncGenerator[PcmChunk], name: str, timeout_s: float, clock: Clock
) -> PcmChunk | None:
    """The next piece; None at the end. Raises ProviderTimeoutError."""
    try:
        async with clock.timeout(timeout_s):
            return await anext(stream, None)
    except TimeoutError as error:
        raise ProviderTimeoutError(f"{name}: no sound for {timeout_s:g} s") from error
