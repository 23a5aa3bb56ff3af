"""Strangers at full speed get a share of the processor, and a line of the log a minute."""

import asyncio

import pytest

from satellite.wire.pace import CREDIT_S, MAX_WAIT_S, REST, TOLD_EVERY_S, Pace, Seldom
from tests.clock import settle


class Machine:
    """Its time, and how much of it the program has worked."""

    def __init__(self) -> None:
        self.now_s, self.worked_s = 1000.0, 5.0
        self.rested_s = 0.0

    def pace(self) -> Pace:
        return Pace(now=lambda: self.now_s, worked=lambda: self.worked_s, sleep=self.sleep)

    def work(self, seconds: float) -> None:
        self.now_s += seconds
        self.worked_s += seconds

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        self.rested_s += seconds


async def test_who_comes_at_full_speed_gets_a_share_of_the_processor() -> None:
    machine = Machine()
    pace, began_s = machine.pace(), machine.now_s
    for _ in range(1000):
        await pace.turn()
        machine.work(0.002)
    assert 2.0 / (machine.now_s - began_s) == pytest.approx(1 / REST, rel=0.02)


async def test_who_comes_now_and_then_waits_for_nothing() -> None:
    machine = Machine()
    pace = machine.pace()
    for _ in range(100):
        await pace.turn()
        machine.work(0.002)
        machine.now_s += 0.05
    assert machine.rested_s == 0


async def test_some_at_once_wait_for_nothing() -> None:
    machine = Machine()
    pace = machine.pace()
    for _ in range(10):
        await pace.turn()
        machine.work(CREDIT_S / REST / 10)
    assert machine.rested_s == 0


async def test_a_stranger_has_its_turn_however_busy_the_program_is_with_other_things() -> None:
    machine = Machine()
    pace = machine.pace()
    for _ in range(20):
        machine.work(10.0)
        await pace.turn()
    assert machine.rested_s == pytest.approx(20 * MAX_WAIT_S)


async def test_they_come_one_after_the_other_in_their_order() -> None:
    may_go_on = asyncio.Event()
    machine, served = Machine(), list[int]()

    async def until_told(seconds: float) -> None:
        await may_go_on.wait()
        await machine.sleep(seconds)

    pace = Pace(now=lambda: machine.now_s, worked=lambda: machine.worked_s, sleep=until_told)

    async def come(number: int) -> None:
        await pace.turn()
        served.append(number)

    machine.work(1.0)
    async with asyncio.TaskGroup() as tasks:
        for number in range(5):
            tasks.create_task(come(number))
        await settle()
        assert served == []
        may_go_on.set()
    assert served == [0, 1, 2, 3, 4]


def test_what_happens_often_is_told_once_a_minute_with_how_often_it_was() -> None:
    machine = Machine()
    seldom = Seldom(lambda: machine.now_s)
    told = [seldom.due() for _ in range(1000)]
    machine.now_s += TOLD_EVERY_S
    assert [told[0], *set(told[1:]), seldom.due(), seldom.due()] == [1, 0, 1000, 0]
