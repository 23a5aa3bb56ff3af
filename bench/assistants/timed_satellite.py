"""A Wyoming satellite that asks Home Assistant a recorded question, and notes when each answer came."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import chain, repeat

from wyoming.audio import AudioChunk, AudioStart
from wyoming.event import Event, async_read_event, async_write_event
from wyoming.info import Attribution, Info, Satellite
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.snd import Played

from bench.peers.drive import FRAME_S, room_noise, speech_frames

HOST = "127.0.0.1"
NAME = "Bench"
SHAPE = {"rate": 16_000, "width": 2, "channels": 1}
LAST = "audio-stop"


class TimedSatellite:
    """Of the newest that took control."""

    def __init__(self) -> None:
        self.port = 0
        self.taken = asyncio.Event()
        self._control: asyncio.StreamWriter | None = None
        self._came_s: dict[str, float] = {}
        self._over = asyncio.Event()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()

    async def ask(self, patience_s: float) -> dict[str, float]:
        """A turn: milliseconds from its last frame with speech to the first event of each kind."""
        assert self._control is not None
        self._came_s, self._over = {}, asyncio.Event()
        run = RunPipeline(PipelineStage.ASR, PipelineStage.TTS)
        for begin in (run, AudioStart(**SHAPE)):
            await async_write_event(begin.event(), self._control)
        speech, hush = speech_frames(), room_noise()
        spoken_s = due_s = time.monotonic()
        asked = 0
        async with asyncio.timeout(patience_s):
            for frame in chain(speech, repeat(hush)):
                if self._over.is_set():
                    break
                if "transcript" not in self._came_s:
                    await async_write_event(AudioChunk(audio=frame, **SHAPE).event(), self._control)
                asked += 1
                if asked == len(speech):
                    spoken_s = time.monotonic()
                due_s += FRAME_S
                await asyncio.sleep(due_s - time.monotonic())
        return {kind: 1000 * (came_s - spoken_s) for kind, came_s in self._came_s.items()}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (event := await async_read_event(reader)) is not None:
                await self._answer(event, writer)
        except ConnectionError:
            pass  # it has another connection, or is at its end
        finally:
            writer.close()

    async def _answer(self, event: Event, writer: asyncio.StreamWriter) -> None:
        self._came_s.setdefault(event.type, time.monotonic())
        match event.type:
            case "describe":
                maker = Attribution("Pommai", "")
                about = Satellite(NAME, maker, installed=True, description=None, version=None)
                await async_write_event(Info(satellite=about).event(), writer)
            case "ping":
                await async_write_event(Event("pong", event.data), writer)
            case "run-satellite":
                self._control = writer
                self.taken.set()
            case "error":
                raise RuntimeError(f"Home Assistant: {event.data}")
            case "audio-stop":
                await async_write_event(Played().event(), writer)
                self._over.set()
