"""Quiet time at a satellite: the microphone closes at once, and the kind line sounds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from wyoming.audio import AudioChunk
from wyoming.event import Event

from hub.devices.session import Session
from hub.domain.clock import SystemClock
from hub.domain.toys import ANY_VOICE, SatelliteState, Toy
from hub.safety.guard import Line
from satellite.wire.frame import AudioFrame
from tests.devices.scripted import run_pipeline, until
from tests.pipeline.scripted import House, ScriptedLlm, ScriptedStt, house

LOUD, SILENT = b"\x10\x20", b"\x00\x00"


class Box:
    """A satellite's end of the wire: what it was sent, and how it is shown."""

    def __init__(self, home: House) -> None:
        self.key, self.room_listener = "id:1", ANY_VOICE
        self._home = home
        self.sent: list[Event] = []
        self.state = SatelliteState.CONNECTING
        self.session = Session(self, home.pipeline, self._send, self._show, SystemClock())

    @property
    def types(self) -> list[str]:
        return list(dict.fromkeys(event.type for event in self.sent))

    async def stream(self, sample: bytes, ms: int) -> None:
        """At once, in chunks of 20 ms."""
        for _ in range(ms // 20):
            await self.session.receive(AudioChunk(16_000, 2, 1, sample * 320).event())
            await asyncio.sleep(0)

    async def toy(self) -> Toy:
        return await self._home.store.toys.by_name(self._home.toy.name)

    async def _send(self, *messages: Event | AudioFrame) -> None:
        self.sent += [message for message in messages if isinstance(message, Event)]

    def _show(self, state: SatelliteState, _: str) -> None:
        self.state = state


@asynccontextmanager
async def boxed(home: House) -> AsyncIterator[Box]:
    box = Box(home)
    running = asyncio.create_task(box.session.run())
    try:
        yield box
    finally:
        running.cancel()
        await asyncio.wait((running,))


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    stt, llm = ScriptedStt("hello"), ScriptedLlm("Hello to you.")
    async with house(tmp_path, stts=[stt], llms=[llm]) as home:
        await home.store.toys.pause(home.toy.id, True)
        yield home


async def test_a_press_closes_the_microphone_and_is_answered(home: House) -> None:
    async with boxed(home) as box:
        await box.session.receive(run_pipeline())
        await until(lambda: "audio-stop" in box.types)
        await box.session.receive(Event("played"))
        await until(lambda: box.state is SatelliteState.ONLINE)
    assert box.types == ["voice-stopped", "transcript", "audio-start", "audio-chunk", "audio-stop"]
    assert box.sent[1].data["text"] == ""
    (turn,) = await home.store.turns.recent(5)
    assert home.guard.is_line(Line.QUIET, turn.said[0], home.toy.language)


async def test_one_that_streams_all_the_time_is_answered_once_for_each_voice(home: House) -> None:
    async with boxed(home) as box:
        await box.session.receive(run_pipeline("wake"))
        await box.stream(SILENT, 3000)
        assert "audio-start" not in box.types
        await box.stream(LOUD, 600)
        await box.stream(SILENT, 3000)
        await until(lambda: "audio-stop" in box.types)
        await box.session.receive(Event("played"))
        await until(lambda: box.state is SatelliteState.ONLINE)
        await box.stream(SILENT, 3000)
    assert [event.type for event in box.sent].count("audio-start") == 1
    assert len(await home.store.turns.recent(5)) == 1
