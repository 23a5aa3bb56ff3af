"""The emergency stop and what toys say by themselves: a real hub's fleet and a real toy, over TLS."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs
from wyoming.event import Event

from hub.domain.toys import Satellite, SatelliteState
from hub.errors import DiskFullError
from hub.events import Bus
from hub.storage.store import Store
from hub.voice.desk import Desk
from hub.voice.fleet import Fleet
from hub.voice.live import NOT_SILENCED
from hub.voice.session import Session
from hub.voice.silence import Silence
from hub.voice.watch import Way
from satellite.stop import Stop as KeptStop
from satellite.wake import Wake
from satellite.wire_home import Done, Report
from satellite.wire_home import Stop as SaidStop
from tests.clock import FakeClock, settle
from tests.satellite.secure_toy import SecureToy, secure_toy
from tests.voice.scripted import ScriptedTurns, answers, until
from tests.voice.test_care import of, paired
from tests.voice.test_pairing import KEY, at, hub


def stop_of(toy: SecureToy) -> KeptStop:
    assert toy.home.away is not None
    return toy.home.away.stop


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
    async with hub(store, bus, tmp_path, turns) as fleet:
        async with secure_toy(folder, wake=Wake.MANUAL) as toy:
            await fleet.pair(at(toy.port), await toy.code())
            await until(lambda: of(fleet).vitals)
            port = toy.port
        assert NOT_SILENCED not in await is_away(fleet)
        turns.stopped = True
        fleet.pass_on_stop()
        assert NOT_SILENCED in await is_away(fleet)
        async with secure_toy(folder, wake=Wake.MANUAL, port=port) as toy:
            await until(lambda: stop_of(toy).on)
            await until(lambda: not fleet._silence.may_talk(KEY))
        assert NOT_SILENCED not in await is_away(fleet)
        assert (folder / "stopped").exists()
        turns.stopped = False
        fleet.pass_on_stop()
        async with secure_toy(folder, wake=Wake.MANUAL, port=port) as toy:
            await until(lambda: not stop_of(toy).on)


async def test_a_toy_that_returns_is_told_of_the_stop_before_all_else(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    turns, folder = ScriptedTurns(answers()), tmp_path / "toy"
    async with hub(store, bus, tmp_path, turns) as fleet:
        async with secure_toy(folder, wake=Wake.MANUAL) as toy:
            await fleet.pair(at(toy.port), await toy.code())
            await until(lambda: of(fleet).vitals)
            port = toy.port
        await is_away(fleet)
        turns.stopped = True
        types: list[str] = []
        with fleet.watch(KEY) as watch:
            async with secure_toy(folder, wake=Wake.MANUAL, port=port):
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
    async with hub(store, bus, tmp_path, turns) as fleet:
        fleet.news.on_emergency = call
        async with secure_toy(folder, wake=Wake.MANUAL) as toy:
            await fleet.pair(at(toy.port), await toy.code())
            await until(lambda: of(fleet).vitals)
            port = toy.port
        await is_away(fleet)
        async with secure_toy(folder, wake=Wake.MANUAL) as toy:  # at another port, so unseen
            toy.satellite.emergency()
            await until((folder / "stopped").exists)
        async with secure_toy(folder, wake=Wake.MANUAL, port=port) as toy:
            await until(lambda: calls)
            await until(lambda: of(fleet).state is SatelliteState.STOPPED)
        assert stop_of(toy).called
        await is_away(fleet)
        full = False
        async with secure_toy(folder, wake=Wake.MANUAL, port=port) as toy:
            await until(lambda: not stop_of(toy).called)
            assert stop_of(toy).on
    assert calls == [True, True]


class Rig:
    """What tells one toy, and the toy's answers by hand."""

    def __init__(self) -> None:
        self.on = False
        self.sent: list[SaidStop] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.desk = Desk(self._send, FakeClock())
        session = cast("Session", type("Linked", (), {"desk": self.desk}))
        self.silence = Silence(lambda: self.on, {"bear": session}, self._spawn)

    async def _send(self, event: Event) -> None:
        self.sent.append(SaidStop.from_event(event))

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self.tasks.append(asyncio.create_task(work, name=name))

    async def answers(self, *, ok: bool = True) -> None:
        await settle()
        self.desk.answered(Done(self.sent[-1].id, ok, "" if ok else "no").event())
        await settle()


async def test_a_toy_whose_report_says_otherwise_than_it_should_be_is_told_again() -> None:
    rig = Rig()
    rig.silence.note("bear", Report(stopped=False))
    rig.silence.note("bear", Report())
    await settle()
    assert rig.sent == []
    rig.on = True
    rig.silence.note("bear", Report(stopped=False))
    await rig.answers()
    assert [said.on for said in rig.sent] == [True]
    assert not rig.silence.may_talk("bear")


async def test_a_stop_and_its_end_in_quick_succession_leave_the_toy_as_it_should_be() -> None:
    rig = Rig()
    rig.on = True
    rig.silence.tell_all()
    await settle()
    rig.on = False
    rig.silence.tell_all()
    await rig.answers()
    await rig.answers()
    assert [said.on for said in rig.sent] == [True, False]


@pytest.mark.parametrize("stopped", [True, False])
async def test_a_toy_that_refuses_or_is_gone_troubles_nobody(stopped: bool) -> None:
    rig = Rig()
    rig.on = stopped
    with capture_logs() as logged:
        rig.silence.tell("bear")
        await rig.answers(ok=False)
        rig.silence.tell("gone")
        await settle()
    assert [entry["event"] for entry in logged] == ["a toy does not take the stop"]
    assert rig.silence.may_talk("bear") is stopped


async def test_however_often_a_toy_reports_while_it_does_not_answer_it_is_told_once_more() -> None:
    rig = Rig()
    rig.on = True
    for _ in range(20):
        rig.silence.note("bear", Report(stopped=False))
    await settle()
    assert len([task for task in rig.tasks if not task.done()]) == 2
    await rig.answers()
    await rig.answers()
    assert len(rig.sent) == 2
    assert all(task.done() for task in rig.tasks)
