"""Who speaks, chosen at a paired toy's button: two presses go to the next of its children, and the toy says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from wyoming.event import Event

from hub.core.family.next_child import NextChildren
from hub.devices.device import Device
from hub.domain.clock import SystemClock
from hub.domain.family.children import Child
from hub.domain.talks.talk import BUTTON
from hub.events import NextChildAsked
from hub.pipeline.context import Ask
from satellite.board.button import APART_S, Button
from satellite.wire.commands import NEXT_CHILD
from satellite.wire.extensions import EVENT
from tests.clock import FakeClock, settle
from tests.devices.fleets import KEY, paired
from tests.devices.scripted import ScriptedTurns, hears_nothing, until
from tests.pipeline.scripted import House, ScriptedLlm, house
from tests.pipeline.turns import record
from tests.satellite.secure_toy import SecureToy


@dataclass
class PressedHome:
    house: House
    turns: ScriptedTurns
    device: Device
    toy: SecureToy
    button: Button
    finger: FakeClock
    """Of the button alone."""

    @property
    def said(self) -> list[str]:
        return [ask.line.text for ask in self.turns.asks if ask.line and ask.source == BUTTON]

    async def press_twice(self) -> None:
        for _ in range(2):
            self.button.down()
            await self.finger.advance(0.1)
            self.button.up()
            await self.finger.advance(0.1)
        await self.finger.advance(APART_S)

    async def speaker(self, words: str = "what do bears eat") -> str | None:
        """Whom the toy takes for who says that."""
        toy = await self.house.store.toys.get(self.house.toy.id)
        assert toy is not None
        return await self.child_of(Ask(toy, "satellite", text=words))

    async def child_of(self, ask: Ask) -> str | None:
        """Whose a whole turn is."""
        async with self.house.pipeline.turn(ask) as turn:
            return record([event async for event in turn]).child_id


@asynccontextmanager
async def pressed_home(folder: Path, *names: str, next_child: bool) -> AsyncIterator[PressedHome]:
    """A real toy whose turns hear nothing, beside whole turns of the same household."""
    turns, finger = ScriptedTurns(hears_nothing), FakeClock()
    async with (
        house(folder, llms=[ScriptedLlm("All right.")], clock=FakeClock()) as home,
        paired(home.store, home.bus, folder, turns) as (fleet, toy),
    ):
        for name in names:
            await home.store.children.save(Child(name.lower(), name))
        await home.store.toys.give(home.toy.id, [name.lower() for name in names])
        device = fleet[KEY]
        await device.move(home.toy)
        await device.settle(lambda settings: replace(settings, next_child=next_child))
        button = Button(toy.satellite, finger)
        chosen = NextChildren(fleet, home.pipeline, home.guard, home.store, home.bus, SystemClock())
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(button.run()), tasks.create_task(chosen.run())]
            await settle()
            yield PressedHome(home, turns, device, toy, button, finger)
            for task in running:
                task.cancel()


async def test_two_presses_go_from_child_to_child_and_the_toy_says_who_it_is(
    tmp_path: Path,
) -> None:
    async with pressed_home(tmp_path, "Max", "Lucy", next_child=True) as home:
        for name in ("Lucy", "Max", "Lucy"):
            before = len(home.said)
            await home.press_twice()
            await until(lambda: len(home.said) > before)  # noqa: B023 - it is over within the round
            assert name in home.said[-1]
            assert await home.speaker() == name.lower()
        assert await home.speaker("it's Max. what do bears eat") == "max"
        await home.press_twice()
        await until(lambda: len(home.said) == 4)
        assert "Lucy" in home.said[-1]
        assert await home.speaker() == "lucy"
        assert await home.child_of(home.turns.asks[-1]) == "lucy", "it holds her name"


async def test_nobody_is_chosen_where_a_parent_did_not_switch_that_on(tmp_path: Path) -> None:
    async with pressed_home(tmp_path, "Max", "Lucy", next_child=False) as home:
        await home.press_twice()
        assert not home.toy.satellite.next_child()
        with home.house.bus.subscribe() as told:
            home.device.reports.take(Event(EVENT, {"kind": NEXT_CHILD}))
            home.device.changed()
            assert not isinstance(await told.get(), NextChildAsked), "whatever a toy says"
        assert await home.speaker() is None
        assert home.said == []
