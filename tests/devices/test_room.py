"""A satellite that streams for ever: what begins a turn there is a parent's choice, and nobody listens before."""

from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port
from wyoming.event import Event

from hub.devices.audio.room import NOT_CHOSEN, RETRY_S
from hub.devices.fleet import Fleet
from hub.domain.clock import SystemClock
from hub.domain.network_services import NetworkService
from hub.domain.toys import ANY_VOICE, SatelliteState
from hub.errors import RefusedError
from tests.clock import FakeClock, settle
from tests.devices.fleets import ID, announced
from tests.devices.satellite_end import satellite_end
from tests.devices.scripted import (
    PretendSatellite,
    ScriptedTurns,
    answers,
    mic,
    never_ends,
    run_pipeline,
    until,
)
from tests.devices.wake_service import LOUD, WakePeer, fleet_with


async def test_without_a_choice_nobody_listens_and_it_is_told_to_pause() -> None:
    turns = ScriptedTurns(never_ends)
    async with satellite_end(turns, FakeClock()) as it:
        it.room_listener = ""
        await it.receive(run_pipeline("wake"), LOUD, LOUD)
        assert turns.asks == []
        assert it.types == ["pause-satellite"]
        assert (it.state, it.detail) == (SatelliteState.ERROR, NOT_CHOSEN)


async def test_a_button_or_a_local_wake_word_needs_no_choice() -> None:
    turns = ScriptedTurns(answers())
    async with satellite_end(turns, FakeClock()) as it:
        it.room_listener = ""
        await it.receive(Event("detection", {"name": "ok_nabu"}), run_pipeline("asr"), mic(200))
        assert len(turns.asks) == 1


async def test_sound_straight_after_a_detection_begins_a_turn() -> None:
    """As newer satellites do, which send no `run-pipeline` then."""
    turns = ScriptedTurns(answers(audio_ms=100), never_ends)
    async with satellite_end(turns, FakeClock()) as it:
        it.room_listener = ""
        await it.receive(mic())
        assert turns.asks == []
        await it.receive(Event("detection", {"name": "ok_nabu", "timestamp": 0}), mic(), mic())
        assert turns.ended == ["whole"]
        assert [e.data["text"] for e in it.sent if e.type == "transcript"] == ["hello"]
        await it.receive(Event("played"), mic())
        assert len(turns.asks) == 1


async def test_a_service_of_the_house_hears_the_room_until_its_word_is_said() -> None:
    peer, turns = WakePeer(), ScriptedTurns(answers(audio_ms=100))
    async with peer.running() as service, satellite_end(turns, SystemClock()) as it:
        it.room_listener = service
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
    async with peer.running() as service, satellite_end(turns, SystemClock()) as it:
        it.room_listener = service
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
    async with satellite_end(turns, clock) as it:
        it.room_listener = service
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
    async with (
        peer.running() as service,
        satellite_end(ScriptedTurns(never_ends), FakeClock()) as it,
    ):
        it.room_listener = service
        await it.receive(run_pipeline("wake"), LOUD)
        await until(lambda: "closed while it listened" in it.detail)


async def test_nothing_goes_to_a_service_while_the_toys_are_stopped() -> None:
    peer, turns = WakePeer(), ScriptedTurns(never_ends)
    async with peer.running() as service, satellite_end(turns, FakeClock()) as it:
        it.room_listener = service
        turns.stopped = True
        await it.receive(run_pipeline("wake"), LOUD, LOUD, LOUD)
        await settle()
        assert (peer.everything, turns.asks) == ([], [])


async def test_a_parents_choice_holds_at_once_and_is_kept(tmp_path: Path) -> None:
    turns = ScriptedTurns(never_ends)
    async with PretendSatellite() as bear, fleet_with(tmp_path, turns) as fleet:

        async def ask() -> None:
            await bear.send(run_pipeline("wake"))

        bear.on_run = ask
        name = (await fleet.adopt(f"127.0.0.1:{bear.port}")).key
        assert fleet[name].satellite.room_heard_by == ANY_VOICE
        await until(lambda: turns.asks)
        with pytest.raises(RefusedError, match="no approved wake word service"):
            await fleet[name].hear_room("house:stranger")
        await fleet[name].hear_room("")
        await until(lambda: fleet[name].status().state_detail == NOT_CHOSEN)
        assert "pause-satellite" in bear.types
    async with fleet_with(tmp_path, turns) as fleet:
        await until(lambda: name in fleet)
        assert fleet[name].satellite.room_heard_by == ""


async def test_an_approved_service_is_not_offered_as_a_device(tmp_path: Path) -> None:
    name = f"openwakeword-{ID}"
    async with (
        WakePeer().running() as service,
        announced(name, service.port),
        fleet_with(tmp_path, ScriptedTurns(never_ends)) as fleet,
    ):
        await until(lambda: name in [satellite.name for satellite in fleet.satellites()])
        await fleet.take_in([service])
        assert name not in [satellite.name for satellite in fleet.satellites()]


async def heard_by(service: NetworkService, bear: PretendSatellite, fleet: Fleet) -> str:
    """Adopts `bear`, whose loud room `service` hears from then on; its key."""

    async def ask() -> None:
        await bear.send(run_pipeline("wake"), LOUD)

    await fleet.take_in([service])
    bear.on_run = ask
    key = (await fleet.adopt(f"127.0.0.1:{bear.port}")).key
    await fleet[key].hear_room(service.name)
    return key


async def test_a_service_that_is_not_approved_any_more_hears_nothing(tmp_path: Path) -> None:
    peer, turns = WakePeer(), ScriptedTurns(never_ends)
    async with (
        peer.running() as service,
        PretendSatellite() as bear,
        fleet_with(tmp_path, turns) as fleet,
    ):
        name = await heard_by(service, bear, fleet)
        await until(lambda: peer.heard)
        await fleet.take_in([])
        await until(lambda: fleet[name].status().state_detail == NOT_CHOSEN)
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
        await heard_by(service, bear, fleet)
        await until(lambda: here.heard)
        await fleet.take_in([moved])
        await until(lambda: there.heard)
        heard = here.heard
        await bear.send(LOUD)
        await until(lambda: there.heard > 1)
        assert here.heard == heard
