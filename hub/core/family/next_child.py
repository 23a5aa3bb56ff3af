"""Who speaks, chosen at a toy's button: the next of its children by name, which the toy then says."""

from collections.abc import Mapping
from typing import Final, NoReturn

import structlog

from hub.devices.device import Device
from hub.domain.clock import Clock
from hub.domain.family.children import Child
from hub.domain.safety import SafeText
from hub.domain.talks.talk import BUTTON
from hub.domain.toys import Toy
from hub.errors import BusyError, PommaiError
from hub.events import Bus, NextChildAsked, TurnStep, WordsSoFar
from hub.knowledge.speaker import who_speaks
from hub.pipeline.pipeline import Pipeline
from hub.safety.guard import Guard, Line
from hub.storage.store import Store

log = structlog.get_logger()

TRIES: Final = 15
AGAIN_AFTER_S: Final = 0.2
"""The presses themselves begin a turn, in which nobody speaks: its end is waited for."""


class NextChildren:
    def __init__(
        self,
        devices: Mapping[str, Device],
        pipeline: Pipeline,
        guard: Guard,
        store: Store,
        bus: Bus,
        clock: Clock,
    ) -> None:
        self._devices = devices
        self._pipeline = pipeline
        self._guard = guard
        self._store = store
        self._bus = bus
        self._clock = clock

    async def run(self) -> NoReturn:
        """Until cancelled."""
        with self._bus.subscribe(left_out=(TurnStep, WordsSoFar)) as events:
            while True:
                event = await events.get()
                if not isinstance(event, NextChildAsked):
                    continue
                try:
                    await self._choose(event.satellite_key)
                except PommaiError as error:
                    log.info("nobody is chosen at the button", error=str(error))

    async def _choose(self, key: str) -> None:
        """Nobody in a toy of one child, while a friend visits, or while the toys are silent. Raises PommaiError."""
        device = self._devices.get(key)
        if device is None or self._pipeline.stopped:
            return
        toy = await device.toy()
        silent = (await self._store.household.get()).silences(toy)
        if len(toy.child_ids) < 2 or toy.visit or silent:
            return
        child = await self._next(toy)
        toy = await self._store.toys.hand_to(toy.id, child.id)
        await self._say(device, await self._line(toy, child))

    async def _next(self, toy: Toy) -> Child:
        """After who is known to speak; else the first."""
        family = [each for each in await self._store.children.list() if each.id in toy.child_ids]
        before = await self._store.turns.conversation(toy.id)
        known = who_speaks(toy, (), before, "", self._clock.now())
        place = next((at for at, each in enumerate(family) if each.id == known), -1)
        return family[(place + 1) % len(family)]

    async def _line(self, toy: Toy, child: Child) -> SafeText:
        """With the name, where the guard lets it pass and no voice outside the home would be told it."""
        policy, language = self._guard.policy_for(toy), toy.language
        named = await self._guard.line(
            Line.NOW_WITH, policy, language, seed=child.id, child=child.name
        )
        said = await self._pipeline.checked(toy, named.text)
        if child.name in said.text:
            return said
        return await self._guard.line(Line.NOW_ANOTHER, policy, language, seed=child.id)

    async def _say(self, device: Device, line: SafeText) -> None:
        """Not where somebody is in the middle of a talk: then the choice holds without a word."""
        for _ in range(TRIES):
            try:
                device.say(line, BUTTON)
            except BusyError:
                await self._clock.sleep(AGAIN_AFTER_S)
            else:
                return
