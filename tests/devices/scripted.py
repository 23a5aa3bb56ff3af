"""The two far sides of a session: turns that follow a script, and a satellite that does as the test says."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from wyoming.event import Event

from hub.devices.pairing.credentials import Credentials
from hub.devices.updates import OwnSoftware, Wheel
from hub.domain.audio import silence
from hub.domain.safety import Verdict
from hub.domain.talks.talk import Transcript
from hub.pipeline.context import Ask
from hub.pipeline.events import (
    Audio,
    Finished,
    Heard,
    SpeechEnded,
    SpeechStarted,
    TurnEvent,
)
from satellite.wire.stream import WireError, WireReader, WireWriter


@cache
def credentials() -> Credentials:
    """Of a hub that no test looks at."""
    return Credentials.load(Path(tempfile.mkdtemp(prefix="pommai-test-")))


Script = Callable[[Ask], AsyncGenerator[TurnEvent]]


def heard(text: str) -> Heard:
    return Heard(Transcript(text), Verdict(allowed=True))


def answers(
    text: str = "hello", *, after_ms: float = 200, audio_ms: float = 400, piece_ms: float = 100
) -> Script:
    """A turn that listens to `after_ms` of sound and answers with `audio_ms` of it."""

    async def script(ask: Ask) -> AsyncGenerator[TurnEvent]:
        assert ask.audio is not None
        got_ms = 0.0
        async for chunk in ask.audio:
            if not got_ms:
                yield SpeechStarted()
            got_ms += chunk.duration_ms
            if got_ms >= after_ms:
                break
        yield SpeechEnded()
        yield heard(text)
        for _ in range(int(audio_ms / piece_ms)):
            yield Audio(silence(piece_ms))
        yield Finished(None)

    return script


async def hears_nothing(ask: Ask) -> AsyncGenerator[TurnEvent]:
    yield Finished(None)


async def never_ends(ask: Ask) -> AsyncGenerator[TurnEvent]:
    yield SpeechStarted()
    await asyncio.Event().wait()


class ScriptedTurns:
    """A pipeline that plays its scripts one after the other, then the last one again."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self.stopped = False
        self.asks: list[Ask] = []
        self.ended: list[str] = []
        """How each turn ended: whole or cut."""

    @asynccontextmanager
    async def turn(self, ask: Ask, /) -> AsyncIterator[AsyncIterator[TurnEvent]]:
        script = self._scripts[min(len(self.asks), len(self._scripts) - 1)]
        self.asks.append(ask)
        how = "cut"
        try:
            async with aclosing(script(ask)) as events:
                yield events
            how = "whole"
        finally:
            self.ended.append(how)


def mic(ms: float = 100, rate: int = 16_000) -> Event:
    sound = silence(ms, rate)
    return Event("audio-chunk", {"rate": rate, "width": 2, "channels": 1}, sound.data)


def run_pipeline(start: str = "asr") -> Event:
    return Event("run-pipeline", {"start_stage": start, "end_stage": "tts"})


class PretendSatellite:
    """A Wyoming server on loopback. `handle` gets each event after the usual answers were given."""

    def __init__(
        self,
        name: str = "Bear",
        *,
        device_id: str = "",
        boot_id: str = "",
        pongs: bool = True,
        info: dict[str, Any] | None = None,
        greet: Callable[[asyncio.StreamWriter], Awaitable[None]] | None = None,
    ) -> None:
        """`greet` takes over each connection: for satellites that misbehave from the first byte."""
        self.info = info or {
            "satellite": {"name": name, "id": device_id, "boot": boot_id, "version": "1.2"}
        }
        self.pongs = pongs
        self.mute = False
        """True: it reads, and answers nothing more."""
        self.greet = greet
        self.on_run: Callable[[], Awaitable[None]] | None = None
        self.got: list[Event] = []
        self.connections = 0
        self.open = 0
        self.port = 0
        self._writers: list[WireWriter] = []

    async def __aenter__(self) -> "PretendSatellite":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        await self.hang_up()

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.got]

    async def send(self, *events: Event) -> None:
        for event in events:
            await self._writers[-1].write(event)

    async def hang_up(self) -> None:
        for writer in self._writers:
            await writer.aclose()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        wire = WireWriter(writer)
        self._writers.append(wire)
        try:
            if self.greet:
                await self.greet(writer)
            else:
                await self._converse(WireReader(reader), wire)
        except (WireError, OSError):
            pass  # the hub hung up on it
        finally:
            self.open -= 1
            await wire.aclose()

    async def _converse(self, reader: WireReader, writer: WireWriter) -> None:
        while (event := await reader.read()) is not None:
            self.got.append(event)
            if self.mute:
                continue
            if event.type == "describe":
                await writer.write(Event("info", self.info))
            elif event.type == "ping" and self.pongs:
                await writer.write(Event("pong", event.data))
            elif event.type == "run-satellite" and self.on_run:
                await self.on_run()


async def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait for what other tasks or processes bring about."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


class ReadyWheel(OwnSoftware):
    """A wheel that needs no making."""

    def __init__(self, wheel: Wheel) -> None:
        super().__init__()
        self.now = wheel

    async def wheel(self) -> Wheel:
        return self.now
