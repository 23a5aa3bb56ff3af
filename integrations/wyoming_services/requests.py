"""What the services do: recognise, converse and speak, each as one request of a Wyoming client.

transcribe, audio-start, audio-chunk …, -stop → transcript-start, transcript-chunk, transcript, transcript-stop
transcript                                    → handled-start, handled-chunk …, handled, handled-stop; or not-handled
synthesize                                    → audio-start, audio-chunk …, audio-stop
synthesize-start, synthesize-chunk …, -stop   → the same, then synthesize-stopped

What is heard is checked, and parents are told what they must know, before the words go out. They go out
as they are, also where the guard refuses them: Home Assistant can do nothing with an empty transcript, so
that a child who tells of something grave would be met with silence. What answers kindly is the
conversation service, which gets the words next; whatever else answers, the voice speaks only safe text.
"""

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import Final

from pydantic import BaseModel, Field
from wyoming.asr import Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.handle import Handled, HandledChunk, HandledStart, HandledStop, NotHandled
from wyoming.tts import SynthesizeChunk, SynthesizeStop, SynthesizeStopped

from hub.core.hub import Hub
from hub.core.talks.talks import Ask, Finished, Resampler, Said
from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.talks.talk import HOME_ASSISTANT, Turn, TurnState
from hub.domain.toys import Toy
from integrations.wyoming_services.peer import Peer, parsed
from satellite.wire.stream import WireError

MAX_STALL_S: Final = 10.0
"""A microphone that sends nothing for so long is gone."""
MAX_SOUND_MS: Final = 60_000
MAX_WORDS_CHARS: Final = 2_000
"""Of what is answered."""
MAX_TEXT_CHARS: Final = 8_000
"""Of what is spoken in one request: about eight minutes."""
MAX_WRITING_S: Final = 60.0
"""How long a model may think between two pieces of the text."""

_FORMAT: Final = {"rate": SPEECH_RATE_HZ, "width": SAMPLE_BYTES, "channels": 1}


class TranscribeData(BaseModel):
    language: str | None = Field(None, max_length=35)


class TranscriptData(TranscribeData):
    text: str = Field(max_length=MAX_WORDS_CHARS)


class VoiceAsked(TranscribeData):
    name: str | None = Field(None, max_length=200)


class StartData(BaseModel):
    """`synthesize-start`."""

    voice: VoiceAsked | None = None


class _Text(BaseModel):
    text: str = Field(max_length=MAX_TEXT_CHARS)


class SynthesizeData(StartData, _Text):
    """`synthesize`."""


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
        payload = event.payload or b""
        if len(payload) % SAMPLE_BYTES:
            raise WireError("the sound is not whole 16-bit samples")
        chunk = PcmChunk(payload, rate_hz)
        heard_ms += chunk.duration_ms
        if heard_ms > MAX_SOUND_MS:
            raise WireError(f"more than {MAX_SOUND_MS // 1000} s of sound")
        yield resampler.push(chunk)
    if resampler is not None:
        yield resampler.flush()


async def answer(hub: Hub, toy: Toy, peer: Peer, text: str) -> None:
    """Answer one `transcript` by a toy's whole turn. Raises WireError, PommaiError."""
    said: list[str] = []
    record: Turn | None = None
    ask = Ask(toy, HOME_ASSISTANT, text=text.strip(), aloud=False)
    async with hub.talks.begin(ask) as turn:
        async for event in turn:
            match event:
                case Said(clause):
                    if not said:
                        await peer.say(HandledStart())
                    await peer.say(HandledChunk(f" {clause.text}" if said else clause.text))
                    said.append(clause.text)
                case Finished(kept):
                    record = kept
    whole = " ".join(said)
    if record is None or record.state is TurnState.FAILED:
        await peer.say(NotHandled(whole or None))
    else:
        await peer.say(Handled(whole))
    if said:
        await peer.say(HandledStop())


async def speak_whole(hub: Hub, toy: Toy, peer: Peer, text: str) -> None:
    """Answer one `synthesize`. Raises WireError, PommaiError."""

    async def pieces() -> AsyncGenerator[str]:
        yield text

    async with aclosing(pieces()) as written:
        await _speak(hub, toy, peer, written)


async def speak_as_written(hub: Hub, toy: Toy, peer: Peer) -> None:
    """Answer what follows one `synthesize-start`. Raises WireError, PommaiError."""
    async with aclosing(_pieces(peer)) as written:
        await _speak(hub, toy, peer, written)
        async for _ in written:
            continue  # a redirect came instead of the rest
    await peer.say(SynthesizeStopped())


async def _pieces(peer: Peer) -> AsyncGenerator[str]:
    """Until `synthesize-stop`. A whole `synthesize` in between is the same text again, for older services."""
    characters = 0
    while not SynthesizeStop.is_type((event := await peer.next(MAX_WRITING_S)).type):
        if not SynthesizeChunk.is_type(event.type):
            continue
        piece = parsed(event, _Text).text
        characters += len(piece)
        if characters > MAX_TEXT_CHARS:
            raise WireError(f"more than {MAX_TEXT_CHARS} characters to speak")
        yield piece


async def _speak(hub: Hub, toy: Toy, peer: Peer, pieces: AsyncIterable[str]) -> None:
    """The sound, as far as the guard lets the toy say it."""
    began = False
    async with aclosing(hub.talks.read_aloud(toy, pieces)) as sound:
        async for chunk in sound:
            if not began:
                await peer.say(AudioStart(**_FORMAT))
                began = True
            await peer.say(AudioChunk(audio=chunk.data, **_FORMAT))
    if not began:  # there was nothing that has a sound
        await peer.say(AudioStart(**_FORMAT))
    await peer.say(AudioStop())
