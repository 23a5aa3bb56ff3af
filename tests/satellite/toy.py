"""A toy in this process, its hub at the other end of a real socket, and devices that tests hold."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event

from satellite.audio.microphone import AudioSource
from satellite.audio.pcm import CHUNK_BYTES
from satellite.audio.program import Take
from satellite.audio.speaker import AudioSink, NoSpeaker
from satellite.board.panel import State
from satellite.clock import Clock, SystemClock
from satellite.errors import DeviceError
from satellite.hub_control import HubControl
from satellite.identity import SatelliteIdentity
from satellite.server import SatelliteServer, info, listen_on
from satellite.session import SatelliteSession
from satellite.wake.turn_start import WakeMode, Waker
from satellite.wire.stream import WireReader, WireWriter

IDENTITY = SatelliteIdentity("00112233445566aa", "Rabbit", "b00710", "0.1", "a test")


def chunk(number: int) -> bytes:
    """A chunk that can be told from others."""
    return bytes([number % 256]) * CHUNK_BYTES


class GivenMicrophone(ABC):
    """Gives what its `read` gives."""

    is_open = False
    """Set by a `read` for whom that matters."""

    @abstractmethod
    async def read(self) -> bytes: ...

    async def hear(self, take: Take) -> None:
        try:
            while True:
                take(await self.read())
        finally:
            self.close()

    def close(self) -> None:
        self.is_open = False


class _EnoughError(Exception): ...


async def first_of(microphone: AudioSource, count: int = 1) -> list[bytes]:
    """So many chunks; then it is closed."""
    chunks: list[bytes] = []

    def take(chunk: bytes) -> None:
        chunks.append(chunk)
        if len(chunks) == count:
            raise _EnoughError

    with suppress(_EnoughError):
        await microphone.hear(take)
    return chunks


class TalkingMicrophone(GivenMicrophone):
    """Gives numbered chunks as fast as they are read, or fails while `broken`."""

    def __init__(self) -> None:
        self.broken = False
        self.sounding = asyncio.Event()
        self.sounding.set()
        self.given = 0

    async def read(self) -> bytes:
        await asyncio.sleep(0.001)
        await self.sounding.wait()
        if self.broken:
            raise DeviceError("the cable is out")
        self.is_open = True
        self.given += 1
        return chunk(self.given)


class HeldSpeaker:
    """Keeps what it is told to play; `broken` fails."""

    def __init__(self, rate_hz: int | None = None) -> None:
        self.rate_hz = rate_hz
        self.rates: list[int] = []
        self.played = b""
        self.finished = 0
        self.silenced = 0
        self.broken = False

    async def start(self, rate_hz: int) -> None:
        self.rates.append(rate_hz)

    async def write(self, pcm: bytes) -> None:
        if self.broken:
            raise DeviceError("the cable is out")
        self.played += pcm

    async def finish(self) -> None:
        self.finished += 1

    async def stop(self) -> None:
        self.silenced += 1

    async def aclose(self) -> None: ...


class SeenPanel:
    """Remembers every state, and waits for one to come."""

    def __init__(self) -> None:
        self.seen: list[State] = []
        self.dimmed = False
        self._news = asyncio.Event()

    def show(self, state: State) -> None:
        self.seen.append(state)
        self._news.set()

    def dim(self, dimmed: bool) -> None:
        self.dimmed = dimmed

    def shown(self) -> State:
        return self.seen[-1]

    async def until(self, state: State) -> None:
        """That is shown, or was for a moment since the call."""
        news = max(0, len(self.seen) - 1)
        while state not in self.seen[news:]:
            self._news.clear()
            await self._news.wait()


class Peer:
    """Someone connected to the toy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.stream = writer
        self._reader = WireReader(reader)
        self._writer = WireWriter(writer)

    @classmethod
    async def connect(cls, port: int) -> Self:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def say(self, *events: Event) -> None:
        for event in events:
            await self._writer.write(event)

    async def read(self) -> Event | None:
        return await self._reader.read()

    async def until(self, kind: str) -> Event:
        """The next event of that kind; others are passed over."""
        while (event := await self.read()) is not None:
            if event.type == kind:
                return event
        raise AssertionError(f"closed before {kind}")

    async def until_closed(self) -> list[Event]:
        rest = []
        while (event := await self.read()) is not None:
            rest.append(event)
        return rest

    async def hears_nothing(self) -> bool:
        """Whether the toy is silent: an answer to a ping comes, and nothing before it."""
        await asyncio.sleep(0.05)
        await self.say(Event("ping"))
        event = await self.read()
        return event is not None and event.type == "pong"

    async def take(self) -> Self:
        await self.say(Event("run-satellite"), Event("ping"))
        await self.until("pong")
        return self

    async def reply(self, pcm: bytes = bytes(640), rate_hz: int = 16_000) -> None:
        await self.say(
            AudioStart(rate_hz, 2, 1).event(),
            AudioChunk(rate_hz, 2, 1, pcm).event(),
            AudioStop().event(),
        )

    async def hang_up(self) -> None:
        await self._writer.aclose()


class Toy:
    """A running satellite: `port`, and what it shows and hears and plays."""

    def __init__(
        self, microphone: AudioSource, speaker: AudioSink, waker: Waker, clock: Clock
    ) -> None:
        self.met: list[str] = []
        """The address of each hub that came or went."""
        self.panel = SeenPanel()
        self.satellite = HubControl(
            lambda link: SatelliteSession(link, microphone, speaker, waker, self.panel, clock),
            self.panel,
            met=self.met.append,
        )
        self._server = SatelliteServer(self.satellite, info(IDENTITY, has_vad=False), clock)
        self._socket = listen_on("127.0.0.1", 0)
        self.port: int = self._socket.getsockname()[1]

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.satellite.run())
            tasks.create_task(self._server.run(self._socket))

    async def hub(self) -> Peer:
        """A hub that has taken control."""
        return await (await Peer.connect(self.port)).take()


@asynccontextmanager
async def running_toy(
    wake: WakeMode = WakeMode.MANUAL,
    microphone: AudioSource | None = None,
    speaker: AudioSink | None = None,
    clock: Clock | None = None,
    waker: Waker | None = None,
) -> AsyncIterator[Toy]:
    toy = Toy(
        microphone or TalkingMicrophone(),
        speaker or NoSpeaker(),
        waker or Waker(wake),
        clock or SystemClock(),
    )
    task = asyncio.create_task(toy.run())
    try:
        yield toy
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled(), task.exception()
