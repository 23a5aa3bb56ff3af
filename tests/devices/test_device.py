"""What a paired toy is told to do, and what it reports: a real hub's fleet and a real toy, over TLS."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from wyoming.event import Event

from hub.activities.bedtime.activity import Lulling
from hub.devices.commands import MAX_OPEN, CommandChannel
from hub.domain.audio import silence
from hub.domain.lulling import Manner
from hub.domain.safety import SafetyPolicy
from hub.domain.toys import Satellite, Toy
from hub.errors import LinkError, NotFoundError, RefusedError
from hub.events import Bus
from hub.pipeline.context import Ask
from hub.pipeline.events import Audio, Finished, Said, TurnEvent
from hub.safety.guard import Guard, Line
from hub.storage.store import Store
from satellite.board.panel import State
from satellite.wake.turn_start import WakeMode as ToysWake
from satellite.wire import commands as wire_home
from satellite.wire.commands import StatusReport
from tests.clock import FakeClock, settle
from tests.devices.fleets import KEY, LetsAllPass, at, of, paired, running_fleet
from tests.devices.scripted import (
    PretendSatellite,
    ScriptedTurns,
    answers,
    hears_nothing,
    never_ends,
    until,
)
from tests.satellite.secure_toy import secure_toy


async def test_a_toy_blinks_chirps_and_starts_anew_when_told(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with paired(store, bus, tmp_path) as (fleet, toy):
        await toy.panel.until(State.IDLE)
        await fleet[KEY].command("identify")
        await toy.panel.until(State.IDENTIFYING)
        await until(lambda: toy.speaker.played)
        with pytest.raises(RefusedError, match="busy"):
            await fleet[KEY].command("identify")
        await fleet[KEY].command("restart")
        await until(lambda: toy.restarts)
        with pytest.raises(RefusedError, match="must be one of"):
            await fleet[KEY].command("explode")


async def test_a_toy_listens_and_stops_listening_when_told(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    turns = ScriptedTurns(never_ends)
    async with paired(store, bus, tmp_path, turns) as (fleet, toy):
        await toy.panel.until(State.IDLE)
        await fleet[KEY].command("listen")
        await toy.panel.until(State.LISTENING)
        await until(lambda: turns.asks)
        await fleet[KEY].command("stop-listening")
        await toy.panel.until(State.THINKING)
        await fleet[KEY].command("be-quiet")
        await until(lambda: turns.ended == ["cut"])


async def test_orders_to_a_toy_that_is_away_or_not_paired_say_so(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with running_fleet(store, bus, tmp_path, ScriptedTurns(hears_nothing)) as fleet:
        async with secure_toy(tmp_path / "toy", wake=ToysWake.MANUAL) as toy:
            await fleet.pair(at(toy.port), await toy.code())
            await until(lambda: of(fleet).vitals)
        await until(lambda: fleet[KEY].commands is None)
        with pytest.raises(LinkError, match=r"Rabbit is away: is it switched on, and at home\?$"):
            await fleet[KEY].command("identify")
        async with PretendSatellite("Plain") as plain:
            await fleet.adopt(at(plain.port))
        with pytest.raises(RefusedError, match="not paired"):
            await fleet.find("Plain").command("identify")
        with pytest.raises(RefusedError, match="not paired"):
            await fleet.find("Plain").settle(lambda now: replace(now, mute=True))


async def test_a_parents_line_is_a_turn_that_nobody_began(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    [line, *_] = await Guard([LetsAllPass()], FakeClock(), 1.0).lines(
        Line.GREETING, SafetyPolicy(), "en"
    )
    turns = ScriptedTurns(never_ends)
    async with paired(store, bus, tmp_path, turns) as (fleet, _):
        fleet[KEY].say(line)
        await until(lambda: turns.asks)
        assert (turns.asks[0].line, turns.asks[0].source, turns.asks[0].audio) == (
            line,
            "parent",
            None,
        )
        with pytest.raises(RefusedError, match="in the middle of a talk"):
            fleet[KEY].say(line)


async def test_a_parents_bedtime_is_a_turn_that_nobody_began_and_dims_the_toy(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    [line, *_] = await Guard([LetsAllPass()], FakeClock(), 1.0).lines(
        Line.GREETING, SafetyPolicy(), "en"
    )

    async def softly(ask: Ask) -> AsyncGenerator[TurnEvent]:
        yield Said(line, Manner(gain=0.5))
        yield Audio(silence(200))
        yield Finished(None)

    turns = ScriptedTurns(softly)
    part = Lulling(FakeClock()).bedtime(Toy("bear", "Bear"), "a seed")
    async with paired(store, bus, tmp_path, turns) as (fleet, toy):
        fleet[KEY].play(part)
        await until(lambda: turns.ended)
        assert (turns.asks[0].part, turns.asks[0].source) == (part, "parent")
        assert toy.panel.dimmed


async def test_another_toy_moves_in_for_the_next_turn(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    fox = await store.toys.save(Toy("fox", "Fox"))
    turns = ScriptedTurns(never_ends)
    async with paired(store, bus, tmp_path, turns) as (fleet, toy):
        await fleet[KEY].move(fox)
        toy.satellite.trigger()
        await until(lambda: turns.asks)
        assert turns.asks[0].toy == fox


async def test_a_device_whose_toy_is_gone_says_so_and_is_no_other(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    turns = ScriptedTurns(never_ends)
    async with paired(store, bus, tmp_path, turns) as (fleet, toy):
        device = fleet[KEY]
        await device.keep(replace(device.satellite, toy_id=None))
        toy.satellite.trigger()
        await until(lambda: "no toy lives in it any more" in device.status().state_detail)
        assert await store.toys.list()
        assert turns.asks == []


async def test_a_toy_tells_how_it_is_and_what_it_warned_of(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with secure_toy(tmp_path / "toy", wake=ToysWake.MANUAL) as toy:
        logging.getLogger("satellite.test").warning("the light\ndoes not work")
        with capture_logs() as logged:
            async with running_fleet(store, bus, tmp_path, ScriptedTurns(hears_nothing)) as fleet:
                await fleet.pair(at(toy.port), await toy.code())
                await until(lambda: of(fleet).vitals)
                vitals = of(fleet).vitals
    assert vitals is not None
    assert vitals.links == 1
    assert vitals.round_trip_ms is not None
    assert (vitals.memory_kb or 0) > 1000
    assert {("satellite.test: the light does not work", "warning")} == {
        (line["warning"], line["log_level"]) for line in logged if "warning" in line
    }


async def test_what_a_toy_reports_while_its_hub_ends_is_passed_over(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with paired(store, bus, tmp_path) as (fleet, _):
        device = fleet[KEY]
    device.reports.take(StatusReport(uptime_s=7).event())
    vitals = device.status().vitals
    assert vitals is not None
    assert vitals.uptime_s == 7


async def test_the_emergency_stop_is_called_at_the_toy(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    called: list[Satellite] = []

    async def call(satellite: Satellite, late: bool) -> None:
        called.append(satellite)

    async with paired(store, bus, tmp_path, on_emergency=call) as (_, toy):
        toy.satellite.emergency()
        await until(lambda: called)
        assert called[0].key == KEY


async def test_a_toy_that_is_not_paired_is_not_told_what_to_do_and_stops_nobody(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    calls: list[Satellite] = []

    async def call(satellite: Satellite, late: bool) -> None:
        calls.append(satellite)

    info = {"satellite": {"name": "Bear", "id": "b1", "pommai": {"protocol": 1}}}
    async with (
        PretendSatellite(info=info) as bear,
        running_fleet(store, bus, tmp_path, on_emergency=call) as fleet,
    ):
        await fleet.adopt(at(bear.port))
        await until(lambda: "pommai-hello" in bear.types)
        await bear.send(wire_home.EmergencyMessage().event(), Event("ping"))
        await until(lambda: "pong" in bear.types)
        assert [device.commands for device in fleet.values()] == [None]
        await settle()
        assert calls == []


async def test_a_toy_that_does_not_answer_is_said_to_be_out_of_reach() -> None:
    sent: list[Event] = []
    clock = FakeClock()

    async def send(event: Event) -> None:
        sent.append(event)

    commands = CommandChannel(send, clock)
    order = asyncio.create_task(commands.command("identify"))
    await clock.advance(5)
    with pytest.raises(LinkError, match="did not answer within 5 s"):
        await order
    commands.answered(
        wire_home.Done(sent[0].data["id"], ok=True).event()
    )  # too late, and no matter
    waiting = [asyncio.create_task(commands.command("identify")) for _ in range(MAX_OPEN)]
    await settle()
    with pytest.raises(RefusedError, match="has not answered"):
        await commands.command("identify")
    for event in sent[1:]:
        commands.answered(wire_home.Done(event.data["id"], ok=False, detail="no").event())
    answered = await asyncio.gather(*waiting, return_exceptions=True)
    assert {str(error) for error in answered} == {"no"}
    for data in ({}, {"id": "1"}, {"id": "1", "ok": "yes"}, {"id": 7, "ok": True}):
        with pytest.raises(LinkError, match="pommai-done"):
            commands.answered(Event(wire_home.DONE, data))


async def test_a_toy_that_was_released_before_it_got_its_settings_or_lines_troubles_no_other(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with running_fleet(store, bus, tmp_path, ScriptedTurns(answers())) as fleet:
        async with PretendSatellite() as bear:
            await fleet.adopt(at(bear.port))
            device = fleet.find(at(bear.port))
            await fleet.release(device.key)
        device.reports.take(wire_home.StatusReport(pack="").event())
        with pytest.raises(NotFoundError, match="released"):
            await device.toy()
        with pytest.raises(NotFoundError, match="released"):
            await device.move(Toy("t", "Pommai"))
    kept = await store.satellites.get(device.key)
    assert kept is None or not kept.adopted
