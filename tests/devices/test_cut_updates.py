"""An update whose link is lost at an awkward moment: a hub's `UpdateDelivery`, and a toy that the test plays."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import cast

import pytest
from wyoming.event import Event

from hub.devices.commands import CommandChannel
from hub.devices.updates import DID_NOT_START, RESTART_S, UNDER_WAY, UpdateDelivery, Wheel
from hub.domain.toys import Satellite, UpdateStep
from hub.domain.toys import Toy as DomainToy
from hub.errors import LinkError
from satellite.wire.commands import COMMAND, UPDATE, Done, StatusReport
from satellite.wire.update import INSTALL, PIECE
from tests.clock import FakeClock, settle
from tests.devices.scripted import ReadyWheel, until

WHEEL = Wheel("2.0", "ab" * 32, b"all of it")
KEY = "teddy"


class Line:
    """The commands of one link to the toy, as far as an update needs them."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self._answer: asyncio.Future[Done] | None = None

    async def ask(self, event: Callable[[str], Event], answer_s: float = 0.0) -> Done:
        self.said.append(event("1").type)
        self._answer = asyncio.get_running_loop().create_future()
        return await self._answer

    async def answers(self, said: str, at: int | None = None) -> None:
        """To what it was told last."""
        await until(lambda: self.said[-1:] == [said])
        assert self._answer is not None
        self._answer.set_result(Done("1", ok=True, at=at))

    async def is_lost(self) -> None:
        assert self._answer is not None
        self._answer.set_exception(LinkError("no answer"))
        await settle()


class Toy:
    """The device that is updated."""

    is_quiet, speaks_opus = True, False

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self.line: Line | None = None
        self.firmware = "1.0"
        self.clock = FakeClock()
        self.updates = UpdateDelivery(self, ReadyWheel(WHEEL), self.clock)

    @property
    def satellite(self) -> Satellite:
        return Satellite(KEY, "Teddy", firmware=self.firmware)

    @property
    def commands(self) -> CommandChannel | None:
        return cast(CommandChannel | None, self.line)

    async def toy(self) -> DomainToy:
        return DomainToy("t", "Pommai")

    def spawn(self, work: Coroutine[None, None, None], name: str, *, once: bool = False) -> None:
        self._group.create_task(work, name=name)

    async def keep(self, satellite: Satellite) -> None:
        pass

    def changed(self) -> None:
        pass

    def link(self) -> Line:
        self.line = Line()
        return self.line

    def goes(self) -> None:
        self.line = None
        self.updates.parted()

    async def reports(self) -> None:
        self.updates.note(StatusReport(software=""))
        await settle()

    def step(self) -> UpdateStep | None:
        update = self.updates.update
        return update.step if update else None


@pytest.fixture
async def toy() -> AsyncIterator[Toy]:
    made: asyncio.Future[Toy] = asyncio.get_running_loop().create_future()

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            made.set_result(Toy(group))
            await asyncio.Event().wait()

    task = asyncio.create_task(run())
    yield await made
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled(), task.exception()


async def is_starting(toy: Toy) -> Line:
    """All of it came and is unpacked, and the toy is told to start anew."""
    line = toy.link()
    await toy.reports()
    toy.updates.begin()
    await line.answers(UPDATE, at=len(WHEEL.data))
    await line.answers(INSTALL)
    await until(lambda: line.said[-1] == COMMAND)
    assert toy.step() is UpdateStep.STARTING
    return line


async def test_a_report_of_a_toy_that_was_just_released_breaks_nothing(toy: Toy) -> None:
    toy.link()
    toy.updates.note(StatusReport(software=""))
    toy.goes()
    await settle()
    assert (toy.updates.running, toy.updates.update) == (None, None)


async def test_a_link_that_is_lost_as_an_update_begins_goes_on_at_the_next_one(toy: Toy) -> None:
    toy.link()
    await toy.reports()
    toy.updates.begin()
    toy.goes()
    await settle()
    assert toy.step() is UpdateStep.WAITING
    line = toy.link()
    await toy.reports()
    await line.answers(UPDATE, at=0)
    await until(lambda: line.said[-1] == PIECE)
    assert toy.step() is UpdateStep.SENDING


async def test_a_toy_that_is_back_before_its_old_link_is_given_up_is_sent_it_once(toy: Toy) -> None:
    old = toy.link()
    await toy.reports()
    toy.updates.begin()
    await until(lambda: old.said)
    toy.goes()
    line = toy.link()
    await old.is_lost()
    await toy.reports()
    assert line.said == [UPDATE]
    assert toy.step() in UNDER_WAY


async def test_a_toy_that_came_up_although_its_answer_was_lost_is_not_sent_it_again(
    toy: Toy,
) -> None:
    old = await is_starting(toy)
    toy.goes()
    line = toy.link()
    toy.firmware = "2.0"
    await toy.reports()
    await old.is_lost()
    assert (line.said, toy.step()) == ([], None)


async def test_a_toy_on_which_it_did_not_come_up_is_not_sent_it_again_by_itself(toy: Toy) -> None:
    old = await is_starting(toy)
    toy.goes()
    line = toy.link()
    await toy.reports()
    await old.is_lost()
    assert (line.said, toy.step()) == ([], UpdateStep.FAILED)


async def test_a_toy_that_agrees_to_start_anew_and_does_not_is_not_starting_for_ever(
    toy: Toy,
) -> None:
    line = await is_starting(toy)
    await line.answers(COMMAND)
    await settle()
    await toy.reports()  # one that was under way
    assert toy.step() is UpdateStep.STARTING
    await toy.clock.advance(RESTART_S)
    await toy.reports()
    assert toy.step() is UpdateStep.FAILED
    assert toy.updates.update is not None
    assert toy.updates.update.detail == DID_NOT_START
    toy.updates.begin()
    await line.answers(UPDATE, at=len(WHEEL.data))
    await line.answers(INSTALL)
    await line.answers(COMMAND)
    toy.goes()
    toy.link()
    toy.firmware = "2.0"
    await toy.reports()
    assert toy.step() is None
