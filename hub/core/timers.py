"""Tells a child that its timer is over, through the guard, where the toy may speak at that moment."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Protocol

import structlog

from hub.activities.timers.grammar import TimerGrammar
from hub.activities.timers.timers import Timer, Timers
from hub.activities.words import one_of
from hub.core.family.play import Play
from hub.domain.clock import Clock
from hub.domain.safety import SafeText
from hub.domain.talks.talk import TIMER
from hub.domain.toys import Toy
from hub.errors import DataError, PommaiError
from hub.pipeline.pipeline import Pipeline
from hub.storage.store import Store

log = structlog.get_logger()

LOOKED_EVERY_S: Final = 1.0
LATEST: Final = timedelta(minutes=10)
"""So long it is tried while the toy talks, is away or must be silent; later nobody knows what it was for."""


class SpeakingDevice(Protocol):
    """What is needed of a `Device`."""

    async def toy(self) -> Toy: ...

    def say(self, line: SafeText, source: str = ...) -> object: ...


class TimersThatEnd:
    def __init__(
        self,
        timers: Timers,
        devices: Mapping[str, SpeakingDevice],
        pipeline: Pipeline,
        store: Store,
        clock: Clock,
    ) -> None:
        self._timers = timers
        self._devices = devices
        self._pipeline = pipeline
        self._household = store.household
        self._play = Play(store, clock)
        self._clock = clock
        self._grammar = TimerGrammar.load()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.tell_ended()
            except DataError as error:
                log.error("timers can't be told", error=str(error))
            await self._clock.sleep(LOOKED_EVERY_S)

    async def tell_ended(self) -> None:
        """Of each that is over, once. Raises DataError."""
        now = self._clock.now()
        for timer in await self._timers.list():
            if timer.ends_at > now:
                return
            if now - timer.ends_at > LATEST or await self._told(timer):
                await self._timers.end(timer)

    async def _told(self, timer: Timer) -> bool:
        """Whether it is being said; not while the toys are stopped, in quiet time, or past the child's limits."""
        device = self._devices.get(timer.satellite_key)
        if device is None or self._pipeline.stopped:
            return False
        try:
            toy = await device.toy()
            silent = (await self._household.get()).silences(toy)
            if silent or (await self._play.of_toy(toy)).refused:
                return False
            say = self._grammar.say(toy.language)
            line = one_of(say.over_for if timer.thing else say.over, timer.ends_at.isoformat())
            device.say(await self._pipeline.checked(toy, line.format(thing=timer.thing)), TIMER)
        except PommaiError as error:
            log.info("a timer waits", error=str(error))
            return False
        return True
