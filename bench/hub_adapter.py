"""Our hub as a peer of the bench: as it ships, with every check, and one satellite a session over Wyoming.

The hub runs as `pommai-hub run` on a fresh household with a toy for each session. A session listens as a
satellite does; the hub adopts it by its address, dials it, and hears what it streams.
"""

import asyncio
import io
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from wyoming.audio import AudioChunk
from wyoming.event import Event, write_event
from wyoming.info import Attribution, Info, Satellite
from wyoming.pipeline import PipelineStage, RunPipeline

from bench.peers import peer
from hub.cli.client import device_path, running_hub
from hub.domain.clock import SystemClock
from hub.domain.toys import Toy
from hub.errors import LinkError
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.store import Store
from satellite.wire.stream import MAX_STREAM_BYTES, WireError, WireReader, WireWriter

MOST_SESSIONS = 160
SILENCE_MS = 200
RATE_HZ, WIDTH = 16_000, 2

AUDIO = 0
"""The `op` of a message with sound."""


class Peer(peer.Peer):
    name = "pommai"
    wait_ms = SILENCE_MS
    one_key = True
    start_s = 60.0
    """As long as it may take to answer."""
    pages_port = 0
    """Of the Guardian pages; 0 takes a free one."""

    async def start(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pommai-bench-")
        self._data = Path(self._folder.name)
        await self.make_household()
        await self.run_again()

    async def run_again(self) -> None:
        """On the household that it has; until it answers."""
        command = [sys.executable, "-m", "hub", "run", "--data", str(self._data)]
        where = ["--interface", peer.HOST, "--port", str(self.pages_port)]
        self.spawn([*command, *where], self._settings())
        deadline = time.monotonic() + self.start_s
        while time.monotonic() < deadline:
            self.raise_if_ended()
            async with running_hub(self._data) as hub:
                if hub is not None:
                    return
            await asyncio.sleep(0.1)
        raise RuntimeError(f"{self.name}: does not answer after {self.start_s:g} s")

    async def make_household(self) -> None:
        """Before the hub's first start: a toy for each session that there can be."""
        await _make_toys(self._data)

    def stop(self) -> None:
        super().stop()
        self._folder.cleanup()

    async def connect(self, sid: str) -> "ToyLine":
        line = ToyLine(sid)
        await self.take_in(line)
        return line

    async def take_in(self, line: "ToyLine") -> None:
        """Have the hub adopt it, as the home of the toy of its name."""
        address = await line.listen()
        async with running_hub(self._data) as hub:
            if hub is None:
                raise LinkError(f"{self.name}: the hub is gone")
            await hub.call("POST", device_path(address, "adopt"), toy=line.name)
        await line.taken.wait()

    def encode(self, pcm: bytes) -> bytes:
        wire = io.BytesIO()
        write_event(AudioChunk(RATE_HZ, WIDTH, 1, pcm).event(), wire)
        return wire.getvalue()

    def is_audio(self, op: int, data: bytes) -> bool:
        return op == AUDIO and any(data[:512])

    def _settings(self) -> dict[str, str]:
        services = f"{self.stub_url}/v1"
        return {
            "OPENAI_API_KEY": "bench",
            "POMMAI_STT__USE": "openai",
            "POMMAI_STT__OPENAI__BASE_URL": services,
            "POMMAI_LLM__USE": "openai",
            "POMMAI_LLM__OPENAI__BASE_URL": services,
            "POMMAI_LLM__OPENAI__MODEL": "stub",
            "POMMAI_TTS__USE": "openai",
            "POMMAI_TTS__OPENAI__BASE_URL": services,
            # The others know one silence, whatever was said.
            "POMMAI_TURN__SILENCE_MS": str(SILENCE_MS),
            "POMMAI_TURN__FINISHED_MS": str(SILENCE_MS),
            "POMMAI_TURN__UNFINISHED_MS": str(SILENCE_MS),
            # They stand for clouds: a draft of an answer is asked of those only where a parent says so.
            "POMMAI_STT__DRAFTS": "openai",
            "POMMAI_LLM__DRAFTS": "openai",
            "POMMAI_TTS__DRAFTS": "openai",
            "POMMAI_LOG__LEVEL": "warning",
        }


class ToyLine:
    """A satellite without a wake word: it streams from the moment when a hub takes charge of it."""

    def __init__(self, name: str) -> None:
        self.closed = False
        self.on_message: Callable[[int, bytes], None] = lambda op, data: None
        self.decided_s: list[float] = []
        self.heard = 0
        """Transcripts with words that it was sent."""
        self.taken = asyncio.Event()
        """A hub took charge, and was asked to listen."""
        self.name = name
        self._server: asyncio.Server | None = None
        self._stream: asyncio.StreamWriter | None = None
        self._plays_until = 0.0

    async def listen(self) -> str:
        """Begin; gives the address that a hub may dial."""
        self._server = await asyncio.start_server(self._serve, peer.HOST, 0, limit=MAX_STREAM_BYTES)
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    def send(self, wire: bytes) -> None:
        """An encoded event, to the hub in charge."""
        if self._stream is not None and not self.closed:
            self._stream.write(wire)

    def close(self) -> None:
        self.closed = True
        if self._server is not None:
            self._server.close()
        if self._stream is not None:
            self._stream.close()

    async def _serve(self, reader: asyncio.StreamReader, stream: asyncio.StreamWriter) -> None:
        events, answers = WireReader(reader), WireWriter(stream)
        try:
            async with asyncio.TaskGroup() as tasks:
                while (event := await events.read()) is not None:
                    await self._answer(event, stream, answers, tasks)
        except* (WireError, ConnectionError):
            self.closed = self.closed or stream is self._stream
        finally:
            if stream is self._stream:
                self._stream = None
            stream.close()

    async def _answer(
        self,
        event: Event,
        stream: asyncio.StreamWriter,
        answers: WireWriter,
        tasks: asyncio.TaskGroup,
    ) -> None:
        now = time.monotonic()
        match event.type:
            case "describe":
                await answers.write(self._info())
            case "ping":
                await answers.write(Event("pong", event.data))
            case "run-satellite":
                self._stream, self.closed = stream, False
                listen = RunPipeline(PipelineStage.WAKE, PipelineStage.TTS, restart_on_end=True)
                await answers.write(listen.event())
                self.taken.set()
            case "transcript":
                self.heard += bool(event.data.get("text"))
            case "voice-stopped":
                self.decided_s.append(now)
            case "audio-chunk":
                sound = event.payload or b""
                self._plays_until = max(self._plays_until, now) + len(sound) / (RATE_HZ * WIDTH)
                self.on_message(AUDIO, sound)
            case "audio-stop":
                tasks.create_task(self._played(answers))

    async def _played(self, answers: WireWriter) -> None:
        await asyncio.sleep(self._plays_until - time.monotonic())
        await answers.write(Event("played"))

    def _info(self) -> Event:
        satellite = Satellite(
            name=self.name,
            attribution=Attribution("Pommai", ""),
            installed=True,
            description=None,
            version=None,
        )
        return Info(satellite=satellite).event()


async def _make_toys(data: Path) -> None:
    clock = SystemClock()
    database = await Database.open(data, clock)
    try:
        store = Store(database, Bus(), clock)
        for number in range(MOST_SESSIONS):
            await store.toys.save(Toy(id=uuid.uuid4().hex, name=f"s{number}"))
    finally:
        await database.aclose()
