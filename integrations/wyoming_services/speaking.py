"""The voice: a text in, whole or as it is written; sound out, as far as the guard lets the toy say it.

synthesize                                    → audio-start, audio-chunk …, audio-stop
synthesize-start, synthesize-chunk …, -stop   → the same, then synthesize-stopped
"""

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import Final

from pydantic import BaseModel, Field
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.tts import SynthesizeChunk, SynthesizeStop, SynthesizeStopped

from hub.core.hub import Hub
from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ
from hub.domain.toys import Toy
from integrations.wyoming_services.peer import Peer, parsed
from satellite.wire.stream import WireError

MAX_TEXT_CHARS: Final = 8_000
"""Of one request: about eight minutes."""
MAX_WRITING_S: Final = 60.0
"""How long a model may think between two pieces of the text."""

_FORMAT: Final = {"rate": SPEECH_RATE_HZ, "width": SAMPLE_BYTES, "channels": 1}


class VoiceAsked(BaseModel):
    name: str | None = Field(None, max_length=200)
    language: str | None = Field(None, max_length=35)


class SynthesizeStart(BaseModel):
    """`synthesize-start`."""

    voice: VoiceAsked | None = None


class Whole(SynthesizeStart):
    """`synthesize`."""

    text: str = Field(max_length=MAX_TEXT_CHARS)


class _Piece(BaseModel):
    text: str = Field(max_length=MAX_TEXT_CHARS)


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
        piece = parsed(event, _Piece).text
        characters += len(piece)
        if characters > MAX_TEXT_CHARS:
            raise WireError(f"more than {MAX_TEXT_CHARS} characters to speak")
        yield piece


async def _speak(hub: Hub, toy: Toy, peer: Peer, pieces: AsyncIterable[str]) -> None:
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
