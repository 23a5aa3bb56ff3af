"""The hub at a measured satellite's other end: takes charge, has it listen, talks to it, and times what comes."""

import asyncio
import selectors
import socket
import ssl
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Self

from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.satellite import RunSatellite

from bench.satellites.tap import Tap
from hub.devices.audio.microphone import MicrophoneDecoder
from hub.devices.audio.speaker import Speaker
from hub.domain.audio import PcmChunk
from hub.domain.clock import SystemClock
from satellite.wire.commands import LISTEN, Command
from satellite.wire.extensions import OPUS, hello
from satellite.wire.frame import MICROPHONE, SPEAKER, AudioFrame
from satellite.wire.opus import FOR_VOICE, Encoder
from satellite.wire.stream import MAX_STREAM_BYTES, WireReader, WireWriter

_BYTES_RECEIVED = struct.Struct("@128xQ")
"""Of Linux's struct tcp_info: what came over the connection, TLS included and TCP's own headers not."""
CHUNK_BYTES = 640
ANSWER = (bytes(range(1, 161)) + bytes(160)) * 50
"""Half a second of a hum."""


@dataclass(frozen=True)
class Stream:
    """Some seconds of a microphone's sound."""

    seconds: float
    packets: int
    kbit_s: float
    chunk_ms: float
    """From a chunk's end at the microphone to its packet at this end's socket; the median."""
    heard_ms: float
    """From there to its sound at a recogniser's door, decrypted and decoded; the median."""


class Arrivals(selectors.DefaultSelector):
    """The event loop's, which notes when something came: to decrypt and read it is not the toy's work."""

    def __init__(self) -> None:
        super().__init__()
        self.at_s: dict[int, float] = {}
        """By the socket's number, the last time."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(timeout)
        now_s = time.monotonic()
        self.at_s.update((key.fd, now_s) for key, _ in ready)
        return ready


arrivals = Arrivals()


class Hub:
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stamp: Path, secure: bool
    ) -> None:
        self._socket: socket.socket = writer.get_extra_info("socket")
        self._reader = WireReader(reader)
        if secure:
            self._reader.frames_of = MICROPHONE
        self._writer = WireWriter(writer)
        self._stamp = stamp
        self._secure = secure
        self._frames: MicrophoneDecoder | None = None

    @classmethod
    async def connect(cls, port: int, context: ssl.SSLContext | None, stamp: Path) -> Self:
        streams = await asyncio.open_connection(
            "127.0.0.1",
            port,
            limit=MAX_STREAM_BYTES,
            ssl=context,
            server_hostname="" if context else None,
        )
        return cls(*streams, stamp, secure=context is not None)

    async def say(self, *events: Event | AudioFrame) -> None:
        await self._writer.write(*events)

    async def until(self, kind: str) -> Event:
        while True:
            message = await self._reader.read_any()
            if message is None:
                raise ConnectionError(f"the satellite closed before its {kind}")
            if isinstance(message, Event) and message.type == kind:
                return message

    async def take_charge(self) -> None:
        if self._secure:
            await self.say(hello(OPUS))
        await self.say(RunSatellite().event())

    async def have_it_listen(self) -> None:
        """A paired one is told to; others stream by themselves once a hub is in charge."""
        if self._secure:
            await self.say(Command("1", LISTEN).event())
        await self.until("run-pipeline")
        self._frames = MicrophoneDecoder(SystemClock()) if self._secure else None

    async def talk_to_it(self, seconds: float) -> None:
        """An answer, in real time."""
        await self.say(Transcript("what is the moon").event(), AudioStart(16_000, 2, 1).event())
        encoder = Encoder(FOR_VOICE)
        pcm = ANSWER[:CHUNK_BYTES]
        for number in range(int(50 * seconds)):
            if self._secure:
                await self.say(AudioFrame(SPEAKER, number, encoder.encode(pcm)))
            else:
                await self.say(AudioChunk(16_000, 2, 1, pcm).event())
            await asyncio.sleep(0.02)
        await self.say(AudioStop().event())

    async def listen(self, seconds: float) -> Stream:
        late_ms, heard_ms = list[float](), list[float]()
        began_s, began_bytes = time.monotonic(), self._received_bytes()
        while time.monotonic() < began_s + seconds:
            message = await self._reader.read_any()
            if message is None:
                raise ConnectionError("the satellite closed amid its sound")
            if isinstance(message, AudioFrame) or AudioChunk.is_type(message.type):
                (whole_at_s,) = struct.unpack("d", self._stamp.read_bytes())
                late_ms.append(1000 * (arrivals.at_s[self._socket.fileno()] - whole_at_s))
                if isinstance(message, AudioFrame) and self._frames is not None:
                    list(self._frames.take(message))
                heard_ms.append(1000 * (time.monotonic() - whole_at_s))
        took_s = time.monotonic() - began_s
        kbit = 8 * (self._received_bytes() - began_bytes) / 1000
        return Stream(took_s, len(late_ms), kbit / took_s, median(late_ms), median(heard_ms))

    async def answer(self, tap: Tap) -> float:
        """An answer as the hub sends one; the milliseconds from its first sound here to its first sample at `tap`."""
        speaker = Speaker(self.say, SystemClock(), opus=self._secure)
        tap.first_at_s = None
        began_s = time.monotonic()
        await speaker.play(PcmChunk(ANSWER))
        await speaker.stop()
        await self.until("played")
        if tap.first_at_s is None:
            raise RuntimeError("the satellite played nothing of an answer")
        return 1000 * (tap.first_at_s - began_s)

    def _received_bytes(self) -> int:
        told = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_RECEIVED.size)
        received: int = _BYTES_RECEIVED.unpack(told)[0]
        return received

    async def aclose(self) -> None:
        await self._writer.aclose()
