"""A Wyoming recogniser and voice on loopback, built on the protocol's own server; and how it can misbehave."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp.test_utils import unused_port
from wyoming.asr import Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import (
    AsrModel,
    AsrProgram,
    Attribution,
    Describe,
    Info,
    TtsProgram,
    TtsVoice,
)
from wyoming.server import AsyncEventHandler, AsyncTcpServer
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
)

from tests.providers.recogniser_servers import MOON
from tests.providers.voice_servers import hum

RATE_HZ = 22_050
VOICE = "en_US-somebody-low"
_MADE: dict[str, Any] = {
    "attribution": Attribution(name="", url=""),
    "installed": True,
    "description": None,
    "version": None,
}


@dataclass
class WyomingPeer:
    """`streaming` is what it offers; `mode`: ok, error, cut, late, hang, drip, another_rate, stereo."""

    streaming: bool = True
    mode: str = "ok"
    says: str = MOON
    more_voices: int = 0
    port: int = 0
    events: list[Event] = field(default_factory=list)
    """What came in, but for descriptions and sound."""
    everything: list[Event] = field(default_factory=list)
    """With them."""
    noise: list[Event] = field(default_factory=list)
    """Said before each answer."""

    def info(self) -> Info:
        voices = [VOICE, *(f"voice-{i}" for i in range(self.more_voices))]
        return Info(
            asr=[
                AsrProgram(
                    name="ears",
                    models=[AsrModel(name="base", languages=["en"], **_MADE)],
                    supports_transcript_streaming=self.streaming,
                    **_MADE,
                )
            ],
            tts=[
                TtsProgram(
                    name="mouth",
                    voices=[TtsVoice(name=v, languages=["en"], **_MADE) for v in voices],
                    supports_synthesize_streaming=self.streaming,
                    **_MADE,
                )
            ],
        )

    def spoken(self, text: str) -> bytes:
        """A tenth of a second a word."""
        return hum(0.1 * len(text.split()), RATE_HZ)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Gives its address."""
        self.port = unused_port()
        server = AsyncTcpServer("127.0.0.1", self.port)
        await server.start(partial(_Handler, self))
        try:
            yield f"127.0.0.1:{self.port}"
        finally:
            await server.stop()


class _Handler(AsyncEventHandler):
    def __init__(self, peer: WyomingPeer, *args: Any) -> None:
        super().__init__(*args)
        self.peer = peer
        self.loud = False
        self.text: list[str] | None = None

    async def write_event(self, event: Event) -> None:
        for said in (*self.peer.noise, event):
            await super().write_event(said)

    async def handle_event(self, event: Event) -> bool:
        self.peer.everything.append(event)
        if Describe.is_type(event.type):
            await self.write_event(self.peer.info().event())
            return True
        if AudioChunk.is_type(event.type):
            return await self._hear(event.payload or b"")
        self.peer.events.append(event)
        if AudioStop.is_type(event.type):
            await self._transcribed()
            return False  # as the stock ones do
        if SynthesizeStart.is_type(event.type):
            self.text = []
        elif SynthesizeChunk.is_type(event.type) and self.text is not None:
            self.text.append(SynthesizeChunk.from_event(event).text)
        elif SynthesizeStop.is_type(event.type) and self.text is not None:
            for sentence in "".join(self.text).split(". "):
                if not await self._speak(sentence):
                    return False
            await self.write_event(SynthesizeStopped().event())
        elif Synthesize.is_type(event.type):
            return await self._speak(Synthesize.from_event(event).text)
        return True

    async def _hear(self, sound: bytes) -> bool:
        first = not self.loud and any(sound)
        self.loud = self.loud or any(sound)
        if first and self.peer.mode == "error":
            await self.write_event(Error(text="out of memory: how far").event())
        if first and self.peer.streaming:
            await self.write_event(TranscriptStart(language="en").event())
            await self.write_event(TranscriptChunk(text=self.peer.says[:7]).event())
        return not (first and self.peer.mode == "cut")

    async def _transcribed(self) -> None:
        text = self.peer.says if self.loud else ""
        if self.peer.mode == "hang":
            await asyncio.sleep(3600)
        if self.peer.mode == "drip":
            while True:
                await self.write_event(TranscriptChunk(text=" a").event())
                await asyncio.sleep(0.02)
        if self.loud and self.peer.streaming:
            await self.write_event(TranscriptChunk(text=text[7:]).event())
        await self.write_event(Transcript(text=f" {text}").event())
        if self.loud and self.peer.streaming:
            await self.write_event(TranscriptStop().event())

    async def _speak(self, text: str) -> bool:
        """One sentence; False where the line is to be cut."""
        mode, sound = self.peer.mode, self.peer.spoken(text)
        channels = 2 if mode == "stereo" else 1
        shape = {"rate": RATE_HZ, "width": 2, "channels": channels}
        if mode == "error":
            await self.write_event(Error(text=f"can't say {text}").event())
            return True
        await self.write_event(AudioStart(**shape).event())
        half = len(sound) // 4 * 2
        await self.write_event(AudioChunk(audio=sound[:half], **shape).event())
        if mode == "cut":
            return False
        if mode == "hang":
            await asyncio.sleep(3600)
        while mode == "drip":
            await self.write_event(AudioChunk(audio=b"\0\0", **shape).event())
            await asyncio.sleep(0.02)
        if mode == "another_rate":
            shape["rate"] = 16_000
        await self.write_event(AudioChunk(audio=sound[half:], **shape).event())
        if mode == "late":
            return False
        await self.write_event(AudioStop().event())
        return True
