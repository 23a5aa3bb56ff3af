"""One connection to a hub, or to whoever else found the port."""

import asyncio
import socket
from typing import Final

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.pipeline import PipelineStage, RunPipeline

from satellite.audio.pcm import RATE_HZ, SAMPLE_BYTES
from satellite.clock import Clock
from satellite.wire.extensions import HELLO, OPUS, PCM, speaks_opus, understands
from satellite.wire.frame import MICROPHONE, SPEAKER, AudioFrame
from satellite.wire.opus import LOW_DELAY, Encoder
from satellite.wire.stream import LIMITS, WireError, WireReader, WireWriter

# Without these a hub whose plug was pulled would look present for minutes.
_SOCKET_OPTIONS: Final = {
    "TCP_NODELAY": 1,
    "TCP_KEEPIDLE": 10,
    "TCP_KEEPINTVL": 5,
    "TCP_KEEPCNT": 2,
    "TCP_USER_TIMEOUT": 10_000,
}

_FORM: Final = (RATE_HZ, SAMPLE_BYTES, 1)


class HubLink:
    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        clock: Clock,
        *,
        may_control: bool,
    ) -> None:
        address = writer.get_extra_info("peername")
        self.host: str = address[0] if address else ""
        self.peer = f"{address[0]}:{address[1]}" if address else "a lost peer"
        self.encrypted = writer.get_extra_info("ssl_object") is not None
        self.may_control = may_control
        """It has proven to be this toy's hub, or the toy is a plain one that anybody may have."""
        self.is_ours = False
        """The peer said that it knows what we add to Wyoming."""
        self.speaks_opus = False
        """Both sides agreed that sound goes as Opus, both ways."""
        self.closed = False
        """We have closed it; nothing may be read from it any more."""
        self._reader = WireReader(reader, LIMITS, clock.timeout)
        self._writer = WireWriter(writer, LIMITS, clock.timeout)
        self._transport = writer.transport
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _SOCKET_OPTIONS.items():
            if hasattr(socket, name):  # some are Linux's own
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def agree(self, hello: Event) -> None:
        """The peer says what it knows of what we add to Wyoming. Raises WireError for what can't be."""
        audio = hello.data.get("audio", PCM)
        self.is_ours = understands(hello.data)
        self.speaks_opus = self.encrypted and speaks_opus(hello.data)
        if self.is_ours and audio != (OPUS if self.speaks_opus else PCM):
            raise WireError(f"{HELLO}: audio must be one of those that were offered")
        self._reader.frames_of = SPEAKER if self.speaks_opus else None

    async def read(self) -> Event | AudioFrame | None:
        """The next event, or a frame once frames were agreed on; None when the peer closed. Raises WireError."""
        return await self._reader.read_any()

    def send(self, *messages: Event | AudioFrame) -> None:
        """Raises WireError."""
        self._writer.send(*messages)

    async def write(self, *messages: Event | AudioFrame) -> None:
        """The same, and waits until the peer has room for more."""
        await self._writer.write(*messages)

    async def dismiss(self, why: str, code: str) -> None:
        """Say why, as far as the peer still listens, and close."""
        try:
            await self.write(Error(why, code).event())
        except WireError:
            pass
        finally:
            await self.aclose()

    def abort(self) -> None:
        """Close at once, without a word."""
        self.closed = True
        self._transport.abort()

    async def aclose(self) -> None:
        self.closed = True
        await self._writer.aclose()


class TurnSender:
    """Each call may raise WireError."""

    def __init__(self, link: HubLink) -> None:
        self._link = link
        self._encoder: Encoder | None = None
        self._number = 0

    def begin(self, *, held: bool, word: str) -> None:
        """`word` is the one that was heard, if one was: of two satellites that heard it Home Assistant answers one."""
        if word and not self._link.is_ours:
            self._link.send(Event("detection", {"name": word}))
        run = RunPipeline(PipelineStage.ASR, PipelineStage.TTS).event()
        if held:
            run.data["held"] = True  # the hub then waits for our audio-stop, not for silence
        self._encoder = Encoder(LOW_DELAY) if self._link.speaks_opus else None
        self._number = 0
        self._link.send(run, AudioStart(*_FORM).event())

    def send(self, chunk: bytes) -> None:
        """20 ms of sound."""
        if self._encoder is None:
            self._link.send(AudioChunk(*_FORM, chunk).event())
            return
        self._link.send(AudioFrame(MICROPHONE, self._number, self._encoder.encode(chunk)))
        self._number += 1

    def end(self) -> None:
        self._link.send(AudioStop().event())
