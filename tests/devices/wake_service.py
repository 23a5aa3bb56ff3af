"""A wake word service for rooms whose sound is streamed, and a fleet of a household of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp.test_utils import unused_port
from wyoming.audio import AudioChunk, AudioStop
from wyoming.event import Event
from wyoming.info import Attribution, Describe, Info, WakeModel, WakeProgram
from wyoming.server import AsyncEventHandler, AsyncTcpServer
from wyoming.wake import Detection, NotDetected

from hub.devices.fleet import Fleet
from hub.domain.clock import SystemClock
from hub.domain.network_services import NetworkService, ServiceKind
from hub.events import Bus
from hub.storage.store import Store
from tests.devices.fleets import running_fleet
from tests.devices.scripted import ScriptedTurns
from tests.new_household import open_household

LOUD = Event("audio-chunk", {"rate": 16_000, "width": 2, "channels": 1}, b"\x40\x20" * 1600)
_MADE: dict[str, Any] = {
    "attribution": Attribution("", ""),
    "installed": True,
    "description": None,
    "version": "1.0",
}


@dataclass
class WakePeer:
    """A Wyoming wake word service: any sound but silence is its word, `after` of which it says so."""

    mode: str = "ok"
    after: int = 3
    heard: int = 0
    """Chunks of sound."""
    everything: list[Event] = field(default_factory=list)
    """What came in."""
    noise: list[Event] = field(default_factory=list)
    """Said before each answer."""
    port: int = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[NetworkService]:
        self.port = self.port or unused_port()
        server = AsyncTcpServer("127.0.0.1", self.port)
        await server.start(partial(_Handler, self))
        try:
            yield NetworkService(
                ServiceKind.WAKE, "openwakeword", "127.0.0.1", self.port, name="house:openwakeword"
            )
        finally:
            await server.stop()


class _Handler(AsyncEventHandler):
    def __init__(self, peer: WakePeer, *args: Any) -> None:
        super().__init__(*args)
        self.peer = peer
        self.loud = 0

    async def write_event(self, event: Event) -> None:
        for said in (*self.peer.noise, event):
            await super().write_event(said)

    async def handle_event(self, event: Event) -> bool:
        peer = self.peer
        peer.everything.append(event)
        if Describe.is_type(event.type):
            model = WakeModel(name="okay_nabu", languages=["en"], phrase="okay nabu", **_MADE)
            program = WakeProgram(name="openwakeword", models=[model], **_MADE)
            await self.write_event(Info(wake=[program]).event())
            return True
        if AudioChunk.is_type(event.type):
            peer.heard += 1
            self.loud += any(event.payload or b"")
            if self.loud == peer.after and peer.mode == "ok":
                await self.write_event(Detection(name="okay_nabu", timestamp=300).event())
            elif self.loud and peer.mode == "cut":
                return False
        if AudioStop.is_type(event.type):
            await self.write_event(NotDetected().event())
            return False
        return True


@asynccontextmanager
async def fleet_with(folder: Path, turns: ScriptedTurns) -> AsyncIterator[Fleet]:
    database = await open_household(folder, SystemClock())
    try:
        store = Store(database, Bus(), SystemClock())
        async with running_fleet(store, turns=turns) as fleet:
            yield fleet
    finally:
        await database.aclose()
