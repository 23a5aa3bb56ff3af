"""The emergency stop as a toy keeps it: with its hub, without it, through restarts, and when its button calls it."""

import asyncio
from pathlib import Path

import pytest
from wyoming.event import Event

from satellite.board.panel import State
from satellite.offline.emergency_stop import KeptEmergencyStop
from satellite.wake.turn_start import WakeMode
from satellite.wire import commands
from satellite.wire.commands import Done, EmergencyMessage
from tests.clock import FakeClock, settle
from tests.devices.scripted import until
from tests.satellite.offline_toy import PLAIN, Toy
from tests.satellite.secure_toy import PretendHub, connect, in_charge, secure_toy
from tests.satellite.toy import Peer


@pytest.fixture
async def toy(tmp_path: Path) -> Toy:
    return Toy(tmp_path)


async def test_a_stopped_toy_that_lost_its_hub_says_nothing_and_shows_that_it_will_not(
    toy: Toy,
) -> None:
    await toy.take()
    await toy.away.hub_came()
    assert await toy.away.stop.become(True)
    await toy.away.hub_went()
    async with toy.running() as away:
        assert await toy.is_silent()
        assert await away.stop.become(False)
        assert await toy.says() in PLAIN


async def test_a_stop_holds_through_restarts_until_it_is_lifted(toy: Toy) -> None:
    await toy.away.stop.become(True)
    assert toy.again().stop.on
    await toy.away.stop.become(False)
    assert not toy.again().stop.on


async def test_five_presses_at_a_toy_that_is_away_cut_its_line_and_stop_it_for_good(
    toy: Toy,
) -> None:
    await toy.take()
    await toy.away.hub_went()
    async with toy.running() as away:
        away.press()
        await toy.panel.until(State.SPEAKING)
        away.emergency()
        await toy.panel.until(State.HUB_AWAY)
        assert toy.speaker.silenced
        before = toy.speaker.played
        await settle()  # a press amid the line counts for nothing
        away.press()
        await toy.panel.until(State.ERROR)
        assert toy.speaker.played == before
        await away.stop.keep()  # as it has done by then, or does it after
    assert toy.again().stop.called


async def test_a_call_is_lifted_only_by_a_hub_that_has_heard_of_it(toy: Toy) -> None:
    stop = toy.away.stop
    stop.call()
    assert not await stop.become(False)
    assert stop.on
    assert await stop.become(True)
    assert stop.called
    await stop.heard()
    assert (stop.on, stop.called) == (True, False)
    assert await stop.become(False)
    assert not stop.on


async def test_a_stop_is_its_hubs_alone(toy: Toy) -> None:
    await toy.away.stop.become(True)
    toy.owner = ""
    assert not toy.away.stop.on
    toy.away.stop.call()
    toy.owner = "hub2"
    assert not toy.away.stop.on
    assert not toy.again().stop.on


async def test_a_call_that_one_hub_never_heard_of_is_nothing_to_the_next_one(toy: Toy) -> None:
    stop = toy.away.stop
    stop.call()
    toy.owner = "hub2"
    assert await stop.become(True)
    assert not stop.called
    assert await stop.become(False)
    assert not stop.on


@pytest.mark.parametrize("kept", ["", "[]", "{}", "1", '"x"', "{" * 5000])
def test_a_damaged_file_keeps_the_toy_silent(tmp_path: Path, kept: str) -> None:
    (tmp_path / "stopped").write_text(kept)
    assert KeptEmergencyStop(tmp_path, lambda: "hub1").on


async def test_a_stop_that_can_not_be_kept_holds_and_says_so(tmp_path: Path) -> None:
    stop = KeptEmergencyStop(tmp_path / "nowhere", lambda: "hub1")
    with pytest.raises(OSError, match="nowhere"):
        await stop.become(True)
    assert stop.on


async def greeted(hub: PretendHub, toy_port: int, toy: bytes) -> Peer:
    peer = await connect(toy_port, hub.context(toy))
    await peer.say(Event("pommai-hello", {"protocol": 1, "audio": "pcm"}))
    return await peer.take()


async def emergency(peer: Peer) -> EmergencyMessage:
    while (event := await peer.until("pommai-event")).data["kind"] != commands.EMERGENCY:
        pass
    return EmergencyMessage.from_event(event)


async def test_the_hub_is_told_of_a_call_at_each_return_until_it_has_it_on_its_disk(
    tmp_path: Path,
) -> None:
    hub = PretendHub(tmp_path / "hub")
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        await hub.pair(toy, await toy.code())
        toy.satellite.emergency()
        for _ in range(2):
            peer = await greeted(hub, toy.port, toy.keys.certificate)
            assert (await emergency(peer)).late
            await peer.hang_up()
        peer = await greeted(hub, toy.port, toy.keys.certificate)
        call = await emergency(peer)
        await peer.say(commands.StopMessage("1", on=False).event())
        refused = Done.from_event(await peer.until(commands.DONE))
        assert (refused.ok, "button" in refused.detail) == (False, True)
        await peer.say(Done(call.id, ok=True).event(), commands.StopMessage("2", on=False).event())
        await lifted(peer)
        assert toy.home.away is not None
        assert not toy.home.away.stop.on


async def test_a_call_that_is_being_told_is_not_told_twice_where_the_hub_says_that_nothing_is_stopped(
    tmp_path: Path,
) -> None:
    hub = PretendHub(tmp_path / "hub")
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        await hub.pair(toy, await toy.code())
        toy.satellite.emergency()
        peer = await greeted(hub, toy.port, toy.keys.certificate)
        call = await emergency(peer)
        await peer.say(
            commands.StopMessage("1", on=False).event()
        )  # as each hub does, first of all
        assert not Done.from_event(await peer.until(commands.DONE)).ok
        await peer.say(Done(call.id, ok=True).event())
        assert toy.home.away is not None
        stop = toy.home.away.stop
        await until(lambda: not stop.called)
        await settle()
        await peer.say(commands.Command("2", commands.IDENTIFY).event())
        told = []
        while (event := await peer.read()) is not None and event.type != commands.DONE:
            told.append(event.data.get("kind"))
        assert commands.EMERGENCY not in told


async def test_a_hub_that_could_not_keep_a_call_hears_of_it_again(tmp_path: Path) -> None:
    clock = FakeClock()
    async with secure_toy(tmp_path / "toy", clock, wake=WakeMode.MANUAL) as toy:
        peer = await in_charge(toy, tmp_path)
        toy.satellite.emergency()
        await emergency(peer)
        again = asyncio.create_task(emergency(peer))
        async with asyncio.timeout(60):
            while not again.done():
                await clock.advance(1)
                await asyncio.sleep(0.001)
        await peer.say(Done(again.result().id, ok=True).event())
        assert toy.home.away is not None
        stop = toy.home.away.stop
        await until(lambda: stop.on and not stop.called)


async def lifted(peer: Peer) -> None:
    """The toy may not have kept yet that its hub has heard, and then tells it once more."""
    number = 2
    while not Done.from_event(await peer.until(commands.DONE)).ok:
        await peer.say(Done(EmergencyMessage().id, ok=True).event())
        number += 1
        await peer.say(commands.StopMessage(str(number), on=False).event())


async def test_a_stop_from_the_hub_silences_what_sounds_and_is_answered(tmp_path: Path) -> None:
    hub = PretendHub(tmp_path / "hub")
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        await hub.pair(toy, await toy.code())
        peer = await greeted(hub, toy.port, toy.keys.certificate)
        await peer.say(Event("audio-start", {"rate": 16000, "width": 2, "channels": 1}))
        await toy.panel.until(State.SPEAKING)
        await peer.say(commands.StopMessage("1", on=True).event())
        assert Done.from_event(await peer.until(commands.DONE)) == Done("1", ok=True)
        assert toy.panel.shown() is State.IDLE
        assert toy.home.away is not None
        assert toy.home.away.stop.on
        for bad in ({}, {"on": 1}, {"on": "yes"}):
            await peer.say(Event(commands.STOP, {"id": "2"} | bad))
            assert not Done.from_event(await peer.until(commands.DONE)).ok
        assert toy.home.away.stop.on


@pytest.mark.parametrize("data", [{}, {"id": 7}, {"id": ""}, {"id": "x" * 41, "late": "yes"}])
def test_a_call_is_heard_whatever_is_wrong_with_it(data: dict[str, object]) -> None:
    assert EmergencyMessage.from_event(Event("pommai-event", data)) == EmergencyMessage()
