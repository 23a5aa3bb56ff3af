"""Speech recognition: `transcribe`, `audio-start`, `audio-chunk` …, `audio-stop` in; the transcript out.

What is heard is checked, and parents are told what they must know, before the words go out. They go out
as they are, also where the guard refuses them: Home Assistant can do nothing with an empty transcript, so
that a child who tells of something grave would be met with silence. What answers kindly is the
conversation service, which gets the words next; whatever else answers, the voice speaks only safe text.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from pydantic import BaseModel, Field
from wyoming.asr import Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event

from hub.core.hub import Hub
from hub.core.talks import Resampler
from hub.domain.audio import SAMPLE_BYTES, PcmChunk
from hub.domain.toys import Toy
from integrations.wyoming_services.peer import Peer, parsed
from satellite.wire.stream import WireError

MAX_STALL_S: Final = 10.0
"""A microphone that sends nothing for so long is gone."""
MAX_SOUND_MS: Final = 60_000


class Transcribe(BaseModel):
    language: str | None = Field(None, max_length=35)


class _Format(BaseModel):
    rate: int = Field(ge=8_000, le=48_000)
    width: int = Field(ge=SAMPLE_BYTES, le=SAMPLE_BYTES)
    channels: int = Field(ge=1, le=1)


async def hear(hub: Hub, toy: Toy, peer: Peer) -> None:
    """Answer one `transcribe`. Raises WireError, PommaiError, or both in groups."""
    async with aclosing(_sound(peer)) as sound:
        heard = await hub.talks.transcribe(toy, sound)
    await peer.say(
        TranscriptStart(language=toy.language),
        TranscriptChunk(heard.text),
        Transcript(heard.text, language=toy.language),  # for who knows nothing of streaming
        TranscriptStop(),
    )


async def _sound(peer: Peer) -> AsyncGenerator[PcmChunk]:
    """At 16 kHz, until `audio-stop`."""
    resampler: Resampler | None = None
    rate_hz, heard_ms = 0, 0.0
    while not AudioStop.is_type((event := await peer.next(MAX_STALL_S)).type):
        if not (AudioStart.is_type(event.type) or AudioChunk.is_type(event.type)):
            continue
        format_ = parsed(event, _Format)
        if resampler is None:
            resampler, rate_hz = Resampler(format_.rate), format_.rate
        if format_.rate != rate_hz:
            raise WireError("the sound changes its rate in the middle")
        chunk = _pcm(event, rate_hz)
        heard_ms += chunk.duration_ms
        if heard_ms > MAX_SOUND_MS:
            raise WireError(f"more than {MAX_SOUND_MS // 1000} s of sound")
        yield resampler.push(chunk)
    if resampler is not None:
        yield resampler.flush()


def _pcm(event: Event, rate_hz: int) -> PcmChunk:
    payload = event.payload or b""
    if len(payload) % SAMPLE_BYTES:
        raise WireError("the sound is not whole 16-bit samples")
    return PcmChunk(payload, rate_hz)
