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

    A voice that failed in this turn comes last. Falls back only before the first sound; raises
    ProviderError when no voice works or one breaks off. The sound of a reviewed sentence is kept for
    the next time; where it is at hand already it serves, also while its provider is away.
    """
    problem: ProviderError | DataError
    problem = ProviderError("no voice is set up: see `pommai-hub doctor`")
    ready = {tts.name: tts for tts in await services.providers.tts(toy)}
    voices = await voices_of(services, toy)
    kept = await _at_hand(services, voices, toy.language, text, policy)
    failed = {span.provider for span in timings.spans if span.work is Work.TTS and span.failed}
    for name, voice in sorted(voices, key=lambda each: each[0] in failed and each[0] not in kept):
        if name in kept:
            turn.providers["tts"] = name
            for chunk in split(kept[name], SPEECH_RATE_HZ):
                yield chunk
            return
        if name not in ready:
            continue
        turn.providers["tts"] = name
        made = bytearray()
        sounded = False
        try:
            await services.outgoing.until_may_ask(ready[name], LedgerKind.TTS)
            async with (
                timings.span(Work.TTS, name, text.text) as work,
                aclosing(sound_of(services, ready[name], voice, text, policy)) as sound,
            ):
                async for chunk in sound:
                    sounded = True
                    if text.reviewed:
                        made += chunk.data
                    work.first()
                    yield chunk
            if sounded:
                if made:
                    key = SoundKey(name, voice, toy.language, text)
                    await services.sounds.keep(key, bytes(made))
                return
            problem = ProviderError(f"{name}: gave no sound")
        except (ProviderError, DataError) as error:  # DataError: nothing may leave the house now
            if sounded:
                raise
            problem = error
        log.warning("voice failed", provider=name, error=str(problem))
    raise problem


async def unvoiced() -> AsyncGenerator[PcmChunk]:
    """The sound of a clause that is only read."""
    yield PcmChunk(b"")


async def _at_hand(
    services: TurnServices,
    voices: Sequence[tuple[str, Voice]],
    language: str,
    text: SafeText,
    policy: SafetyPolicy,
) -> dict[str, bytes]:
    """The sound of a reviewed sentence, by provider, where it was kept."""
    found = {}
    for name, voice in voices if text.reviewed else ():
        if sound := await services.sounds.get(SoundKey(name, voice, language, text), policy):
            found[name] = sound
    return found


async def voices_of(services: TurnServices, toy: Toy) -> list[tuple[str, Voice]]:
    """The toy's providers, best first, each with its voice there: the toy's own is of the first, the
    others speak with their default."""
    names = await services.providers.tts_names(toy)
    return [(name, Voice() if number else toy.voice) for number, name in enumerate(names)]


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
