"""From checked words to sound at 16 kHz, by the first voice that works."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

import numpy as np
import soxr
import structlog

from hub.domain.audio import SPEECH_RATE_HZ, PcmChunk
from hub.domain.household import ContentKind, LedgerKind
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.talks.trace import Work
from hub.domain.toys import Toy, Voice
from hub.errors import DataError, ProviderError
from hub.pipeline.context import TurnContext, TurnServices
from hub.pipeline.speak.sound_cache import SoundKey
from hub.pipeline.streams import within
from hub.providers.base import SPEED, Tts, VoiceSettings
from hub.providers.tts.synthesis import split

log = structlog.get_logger()


class Resampler:
    """Brings a stream of sound to another sample rate, without clicks where its pieces meet.

    `push` its chunks, then `flush` what is still inside; a few chunks lag behind.
    """

    def __init__(self, from_hz: int, to_hz: int = SPEECH_RATE_HZ) -> None:
        self._from_hz = from_hz
        self._to_hz = to_hz
        # Soxr's HQ filter is for music; MQ keeps speech whole with half the delay.
        self._stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16", quality="MQ")

    def push(self, chunk: PcmChunk) -> PcmChunk:
        """What is ready at the new rate; may be empty."""
        if chunk.rate_hz != self._from_hz:
            raise ValueError(f"this stream is at {self._from_hz} Hz, not {chunk.rate_hz}")
        return self._convert(chunk.data, last=False)

    def flush(self) -> PcmChunk:
        """The rest; the stream then starts anew."""
        rest = self._convert(b"", last=True)
        self._stream.clear()
        return rest

    def _convert(self, data: bytes, *, last: bool) -> PcmChunk:
        if self._from_hz == self._to_hz:
            return PcmChunk(data, self._to_hz)
        samples = self._stream.resample_chunk(np.frombuffer(data, "<i2"), last=last)
        return PcmChunk(samples.astype("<i2").tobytes(), self._to_hz)


async def speak(
    context: TurnContext, text: SafeText, speed: float = 1.0
) -> AsyncGenerator[PcmChunk]:
    """Speech for one clause, at `speed` times the toy's own; writes the provider into the turn's record.

    A voice that failed in this turn comes last. Falls back only before the first sound; raises
    ProviderError when no voice works or one breaks off. The sound of a reviewed sentence is kept for
    the next time; where it is at hand already it serves, also while its provider is away.
    """
    services, toy, policy = context.services, context.ask.toy, context.policy
    timings, turn = context.timings, context.record
    problem: ProviderError | DataError
    problem = ProviderError("no voice is set up: see `pommai-hub doctor`")
    ready = {tts.name: tts for tts in await services.providers.tts(toy)}
    voices = [
        (name, _at_speed(voice, ready.get(name), speed))
        for name, voice in await voices_of(services, toy)
    ]
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
        except (ProviderError, DataError) as error:  # DataError: nothing may be sent now
            if sounded:
                raise
            problem = error
        log.warning("voice failed", provider=name, error=str(problem))
    raise problem


def _at_speed(voice: Voice, tts: Tts | None, speed: float) -> Voice:
    """As it is where its provider takes no speed."""
    if speed == 1 or not isinstance(tts, VoiceSettings):
        return voice
    for each in tts.voice_settings:
        if each.name == SPEED:
            own = voice.settings.get(SPEED, each.usual or 1)
            return replace(voice, settings={**voice.settings, SPEED: max(each.least, own * speed)})
    return voice


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
    """The toy's providers, best first, each with its voice there: the toy's own is of one of them, the
    others speak with their default."""
    names = await services.providers.tts_names(toy)
    own = toy.voice.provider or names[0]
    return [(name, toy.voice if name == own else Voice()) for name in names]


async def sound_of(
    services: TurnServices, tts: Tts, voice: Voice, text: SafeText, policy: SafetyPolicy
) -> AsyncGenerator[PcmChunk]:
    """What one voice makes of the words, with a row in the ledger if the voice is in the cloud."""
    outgoing, timeout_s = services.outgoing, services.settings.tts_timeout_s
    problem = f"{tts.name}: no sound for {timeout_s:g} s"
    async with (
        outgoing.sending(tts, LedgerKind.TTS, ContentKind.TEXT, len(text.text)) as shipment,
        aclosing(
            within(timeout_s, tts.speak(text, voice, policy), services.clock, problem)
        ) as stream,
    ):
        resampler: Resampler | None = None
        async for chunk in stream:
            resampler = resampler or Resampler(chunk.rate_hz)
            resampled = resampler.push(chunk)
            if resampled.data:
                shipment.used = True
                yield resampled
        if resampler and (rest := resampler.flush()).data:
            shipment.used = True
            yield rest
