"""A satellite that streams for ever: what begins a turn there is a parent's choice, and nobody listens before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import unused_port
from wyoming.audio import AudioChunk, AudioStop
from wyoming.event import Event
from wyoming.info import Attribution, Describe, Info, WakeModel, WakeProgram
from wyoming.server import AsyncEventHandler, AsyncTcpServer
from wyoming.wake import Detection, NotDetected

from hub.domain.clock import SystemClock
from hub.domain.house_services import HouseService, ServiceKind
from hub.domain.toys import ANY_VOICE, SatelliteState
from hub.errors import RefusedError
from hub.events import Bus
from hub.storage.store import Store
from hub.voice.fleet import Fleet
from hub.voice.room import NOT_CHOSEN, RETRY_S
from tests.clock import FakeClock, settle
from tests.new_household import open_household
from tests.voice.scripted import (
    PretendSatellite,
    ScriptedTurns,
    answers,
    credentials,
    mic,
    never_ends,
    run_pipeline,
    until,
)
from tests.voice.test_fleet import ID, announced
from tests.voice.test_session import desk

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
    async def running(self) -> AsyncIterator[HouseService]:
        self.port = self.port or unused_port()
        server = AsyncTcpServer("127.0.0.1", self.port)
        await server.start(partial(_Handler, self))
        try:
            yield HouseService(
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


async def test_without_a_choice_nobody_listens_and_it_is_told_to_pause() -> None:
    turns = ScriptedTurns(never_ends)
    async with desk(turns, FakeClock()) as it:
        it.heard_by = ""
        await it.receive(run_pipeline("wake"), LOUD, LOUD)
        assert turns.asks == []
        assert it.types == ["pause-satellite"]
        assert (it.state, it.detail) == (SatelliteState.ERROR, NOT_CHOSEN)


async def test_a_button_or_a_local_wake_word_needs_no_choice() -> None:
    turns = ScriptedTurns(answers())
    async with desk(turns, FakeClock()) as it:
        it.heard_by = ""
        await it.receive(Event("detection", {"name": "ok_nabu"}), run_pipeline("asr"), mic(200))
        assert len(turns.asks) == 1


async def test_sound_straight_after_a_detection_begins_a_turn() -> None:
    """As newer satellites do, which send no `run-pipeline` then."""
    turns = ScriptedTurns(answers(audio_ms=100), never_ends)
    async with desk(turns, FakeClock()) as it:
        it.heard_by = ""
        await it.receive(mic())
        assert turns.asks == []
        await it.receive(Event("detection", {"name": "ok_nabu", "timestamp": 0}), mic(), mic())
        assert turns.ended == ["whole"]
        assert [e.data["text"] for e in it.sent if e.type == "transcript"] == ["hello"]
        await it.receive(Event("played"), mic())
        assert len(turns.asks) == 1


async def test_a_service_of_the_house_hears_the_room_until_its_word_is_said() -> None:
    peer, turns = WakePeer(), ScriptedTurns(answers(audio_ms=100))
    async with peer.running() as service, desk(turns, SystemClock()) as it:
        it.heard_by = service
        await it.receive(run_pipeline("wake"), mic())
        await until(lambda: peer.heard == 1)
        assert turns.asks == []
        for _ in range(3):
            await it.receive(LOUD)
        await until(lambda: turns.asks)
        heard = peer.heard
        assert it.sent[0].type == "detection"
        assert it.sent[0].data["name"] == "okay_nabu"
        await it.receive(mic(), mic(), Event("played"))
        await until(lambda: turns.ended)
        assert peer.heard == heard, "what is said to the toy does not go there"


async def test_it_waits_for_the_next_word_after_the_turn() -> None:
    peer, turns = WakePeer(), ScriptedTurns(answers(audio_ms=100))
    async with peer.running() as service, desk(turns, SystemClock()) as it:
        it.heard_by = service
        await it.receive(run_pipeline("wake"))
        for number in (1, 2):
            for _ in range(3):
                await it.receive(LOUD)
            await until(lambda n=number: len(turns.asks) == n)  # type: ignore[misc]  # mypy can't tell
            await it.receive(mic(), mic())
            await until(lambda n=number: len(turns.ended) == n)  # type: ignore[misc]  # the same
            await it.receive(Event("played"))
            await until(lambda: it.session.is_quiet)


async def test_a_service_that_is_away_is_said_and_tried_again() -> None:
    peer, clock = WakePeer(port=unused_port()), FakeClock()
    turns = ScriptedTurns(answers(audio_ms=100))
    async with peer.running() as service:
        pass
    async with desk(turns, clock) as it:
        it.heard_by = service
        await it.receive(run_pipeline("wake"), LOUD)
        await until(lambda: it.detail)
        assert "can't reach" in it.detail
        assert it.state is SatelliteState.ERROR
        async with peer.running():
            await it.receive(LOUD)
            assert peer.heard == 0
            await clock.advance(RETRY_S)
            await it.receive(LOUD)
            await until(lambda: it.state is SatelliteState.ONLINE)
            await it.receive(LOUD, LOUD)
            await until(lambda: turns.asks)


async def test_a_service_that_closes_is_said() -> None:
    peer = WakePeer(mode="cut")
    async with peer.running() as service, desk(ScriptedTurns(never_ends), FakeClock()) as it:
        it.heard_by = service
        await it.receive(run_pipeline("wake"), LOUD)
        await until(lambda: "closed while it listened" in it.detail)


async def test_nothing_goes_to_a_service_while_the_toys_are_stopped() -> None:
    peer, turns = WakePeer(), ScriptedTurns(never_ends)
    async with peer.running() as service, desk(turns, FakeClock()) as it:
        it.heard_by = service
        turns.stopped = True
        await it.receive(run_pipeline("wake"), LOUD, LOUD, LOUD)
        await settle()
        assert (peer.everything, turns.asks) == ([], [])


@asynccontextmanager
async def fleet_with(folder: Path, turns: ScriptedTurns) -> AsyncIterator[Fleet]:
    database = await open_household(folder, SystemClock())
    fleet = Fleet(
        Store(database, Bus(), SystemClock()),
        turns,
        Bus(),
        SystemClock(),
        credentials(),
        interfaces=("127.0.0.1",),
    )
    running = asyncio.create_task(fleet.run())
    try:
        yield fleet
    finally:
        running.cancel()
        await asyncio.wait((running,))
        await database.aclose()


async def test_a_parents_choice_holds_at_once_and_is_kept(tmp_path: Path) -> None:
    turns = ScriptedTurns(never_ends)
    async with PretendSatellite() as bear, fleet_with(tmp_path, turns) as fleet:

        async def ask() -> None:
            await bear.send(run_pipeline("wake"))

        bear.on_run = ask
        name = (await fleet.adopt(f"127.0.0.1:{bear.port}")).key
        assert fleet.find(name).room_heard_by == ANY_VOICE
        await until(lambda: turns.asks)
        with pytest.raises(RefusedError, match="no approved wake word service"):
            await fleet.rooms.choose(name, "house:stranger")
        await fleet.rooms.choose(name, "")
        await until(lambda: fleet.live(fleet.find(name)).state_detail == NOT_CHOSEN)
        assert "pause-satellite" in bear.types
    async with fleet_with(tmp_path, turns) as fleet:
        await until(fleet.satellites)
        assert fleet.find(name).room_heard_by == ""


async def test_an_approved_service_is_not_offered_as_a_device(tmp_path: Path) -> None:
    name = f"openwakeword-{ID}"
    async with (
        WakePeer().running() as service,
        announced(name, service.port),
        fleet_with(tmp_path, ScriptedTurns(never_ends)) as fleet,
    ):
        await until(lambda: name in [satellite.name for satellite in fleet.satellites()])
        await fleet.rooms.take_in([service])
        assert name not in [satellite.name for satellite in fleet.satellites()]


async def test_a_service_that_is_not_approved_any_more_hears_nothing(tmp_path: Path) -> None:
    peer, turns = WakePeer(), ScriptedTurns(never_ends)
    async with (
        peer.running() as service,
        PretendSatellite() as bear,
        fleet_with(tmp_path, turns) as fleet,
    ):

        async def ask() -> None:
            await bear.send(run_pipeline("wake"), LOUD)

        await fleet.rooms.take_in([service])
        bear.on_run = ask
        name = (await fleet.adopt(f"127.0.0.1:{bear.port}")).key
        await fleet.rooms.choose(name, service.name)
        await until(lambda: peer.heard)
        await fleet.rooms.take_in([])
        await until(lambda: fleet.live(fleet.find(name)).state_detail == NOT_CHOSEN)
        heard = peer.heard
        await bear.send(LOUD, LOUD, Event("ping", {}))
        await until(lambda: "pong" in bear.types)
        assert peer.heard == heard


async def test_a_service_that_is_approved_elsewhere_hears_the_room_there_alone(
    tmp_path: Path,
) -> None:
    here, there, turns = WakePeer(), WakePeer(), ScriptedTurns(never_ends)
    async with (
        here.running() as service,
        there.running() as moved,
        PretendSatellite() as bear,
        fleet_with(tmp_path, turns) as fleet,
    ):

        async def ask() -> None:
            await bear.send(run_pipeline("wake"), LOUD)

        await fleet.rooms.take_in([service])
        bear.on_run = ask
        name = (await fleet.adopt(f"127.0.0.1:{bear.port}")).key
        await fleet.rooms.choose(name, service.name)
        await until(lambda: here.heard)
        await fleet.rooms.take_in([moved])
        await until(lambda: there.heard)
        heard = here.heard
        await bear.send(LOUD)
        await until(lambda: there.heard > 1)
        assert here.heard == heard
