"""The emergency stop and what toys say by themselves: a real hub's fleet and a real toy, over TLS."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from wyoming.event import Event

from hub.devices.commands import CommandChannel, StopDelivery
from hub.devices.device import NOT_SILENCED
from hub.devices.fleet import Fleet
from hub.devices.watch import Way
from hub.domain.toys import Satellite, SatelliteState, Toy
from hub.errors import DiskFullError
from hub.events import Bus
from hub.storage.store import Store
from satellite.offline.emergency_stop import KeptEmergencyStop as KeptStop
from satellite.wake.turn_start import WakeMode
from satellite.wire.commands import Done, StatusReport
from satellite.wire.commands import StopMessage as SaidStop
from tests.clock import FakeClock, settle
from tests.devices.fleets import KEY, at, of, paired, running_fleet
from tests.devices.scripted import ScriptedTurns, answers, until
from tests.satellite.secure_toy import SecureToy, secure_toy


def stop_of(toy: SecureToy) -> KeptStop:
    assert toy.home.away is not None
    return toy.home.away.stop


async def paired_once(fleet: Fleet, folder: Path) -> int:
    """Pairs a toy that then goes away; the port at which it was."""
    async with secure_toy(folder, wake=WakeMode.MANUAL) as toy:
        await fleet.pair(at(toy.port), await toy.code())
        await until(lambda: of(fleet).vitals)
        return toy.port


async def is_away(fleet: Fleet) -> str:
    await until(lambda: of(fleet).state is SatelliteState.AWAY)
    return of(fleet).state_detail


async def test_a_toy_is_told_at_once_that_all_are_stopped_and_that_they_may_talk(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    turns = ScriptedTurns(answers())
    async with paired(store, bus, tmp_path, turns) as (fleet, toy):
        for stopped in (True, False):
            turns.stopped = stopped
            fleet.pass_on_stop()
            await until(lambda stopped=stopped: stop_of(toy).on is stopped)  # type: ignore[misc]  # a loop's variable


async def test_a_toy_that_was_away_hears_of_the_stop_and_of_its_end_on_its_return(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    turns, folder = ScriptedTurns(answers()), tmp_path / "toy"
    async with running_fleet(store, bus, tmp_path, turns) as fleet:
        port = await paired_once(fleet, folder)
        assert NOT_SILENCED not in await is_away(fleet)
        turns.stopped = True
        fleet.pass_on_stop()
        assert NOT_SILENCED in await is_away(fleet)
        async with secure_toy(folder, wake=WakeMode.MANUAL, port=port) as toy:
            await until(lambda: stop_of(toy).on)
            await until((folder / "stopped").exists)
            await until(lambda: not fleet[KEY].may_talk)
        assert NOT_SILENCED not in await is_away(fleet)
        turns.stopped = False
        fleet.pass_on_stop()
        async with secure_toy(folder, wake=WakeMode.MANUAL, port=port) as toy:
            await until(lambda: not stop_of(toy).on)


async def test_a_toy_that_returns_is_told_of_the_stop_before_all_else(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    turns, folder = ScriptedTurns(answers()), tmp_path / "toy"
    async with running_fleet(store, bus, tmp_path, turns) as fleet:
        port = await paired_once(fleet, folder)
        await is_away(fleet)
        turns.stopped = True
        types: list[str] = []
        with fleet[KEY].watch() as watch:
            async with secure_toy(folder, wake=WakeMode.MANUAL, port=port):
                async for message in watch:
                    if message is not None and message.way is Way.TO_TOY:
                        types.append(message.type)
                    if "pommai-settings" in types:
                        break
    ours = [kind for kind in types if kind.startswith("pommai-")]
    assert ours[:2] == ["pommai-hello", "pommai-stop"]


async def test_a_call_at_a_toy_that_is_away_reaches_the_hub_on_its_return_and_is_forgotten_there_once_it_is_kept(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    calls: list[bool] = []
    full = True

    async def call(satellite: Satellite, late: bool) -> None:
        calls.append(late)
        turns.stopped = True
        fleet.pass_on_stop()
        if full:
            raise DiskFullError("the disk is full")

    turns, folder = ScriptedTurns(answers()), tmp_path / "toy"
    async with running_fleet(store, bus, tmp_path, turns, on_emergency=call) as fleet:
        port = await paired_once(fleet, folder)
        await is_away(fleet)
        async with secure_toy(folder, wake=WakeMode.MANUAL) as toy:  # at another port, so unseen
            toy.satellite.emergency()
            await until((folder / "stopped").exists)
        async with secure_toy(folder, wake=WakeMode.MANUAL, port=port) as toy:
            await until(lambda: calls)
            await until(lambda: of(fleet).state is SatelliteState.STOPPED)
        assert stop_of(toy).called
        await is_away(fleet)
        full = False
        async with secure_toy(folder, wake=WakeMode.MANUAL, port=port) as toy:
            await until(lambda: not stop_of(toy).called)
            assert stop_of(toy).on
    assert calls == [True, True]


class Rig:
    """What tells one toy, and the toy's answers by hand."""

    is_quiet, speaks_opus = True, False
    satellite = Satellite("bear", "Bear")

    def __init__(self) -> None:
        self.on = False
        self.sent: list[SaidStop] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.channel = CommandChannel(self._send, FakeClock())
        self.commands: CommandChannel | None = self.channel
        self.delivery = StopDelivery(self, lambda: self.on)

    async def _send(self, event: Event) -> None:
        self.sent.append(SaidStop.from_event(event))

    def spawn(self, work: Coroutine[Any, Any, None], name: str, *, once: bool = False) -> None:
        self.tasks.append(asyncio.create_task(work, name=name))

    async def keep(self, satellite: Satellite) -> None:
        pass

    def changed(self) -> None:
        pass

    async def toy(self) -> Toy:
        return Toy("t", "Pommai")

    async def answers(self, *, ok: bool = True) -> None:
        await settle()
        self.channel.answered(Done(self.sent[-1].id, ok, "" if ok else "no").event())
        await settle()


async def test_a_toy_whose_report_says_otherwise_than_it_should_be_is_told_again() -> None:
    rig = Rig()
    rig.delivery.note(StatusReport(stopped=False))
    rig.delivery.note(StatusReport())
    await settle()
    assert rig.sent == []
    rig.on = True
    rig.delivery.note(StatusReport(stopped=False))
    await rig.answers()
    assert [said.on for said in rig.sent] == [True]
    assert not rig.delivery.may_talk


async def test_a_stop_and_its_end_in_quick_succession_leave_the_toy_as_it_should_be() -> None:
    rig = Rig()
    rig.on = True
    rig.delivery.tell()
    await settle()
    rig.on = False
    rig.delivery.tell()
    await rig.answers()
    await rig.answers()
    assert [said.on for said in rig.sent] == [True, False]


@pytest.mark.parametrize("stopped", [True, False])
async def test_a_toy_that_refuses_or_is_gone_troubles_nobody(stopped: bool) -> None:
    rig = Rig()
    rig.on = stopped
    with capture_logs() as logged:
        rig.delivery.tell()
        await rig.answers(ok=False)
        rig.commands = None
        rig.delivery.tell()
        await settle()
    assert [entry["event"] for entry in logged] == ["a toy does not take the stop"]
    assert rig.delivery.may_talk is stopped


async def test_however_often_a_toy_reports_while_it_does_not_answer_it_is_told_once_more() -> None:
    rig = Rig()
    rig.on = True
    for _ in range(20):
        rig.delivery.note(StatusReport(stopped=False))
        await settle()
    assert len([task for task in rig.tasks if not task.done()]) == 2
    await rig.answers()
    await rig.answers()
    assert len(rig.sent) == 2
    assert all(task.done() for task in rig.tasks)
