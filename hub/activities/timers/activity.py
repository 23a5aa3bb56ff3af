"""A child sets a timer: "set a timer for five minutes", "remind me to brush my teeth in ten minutes"."""

from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from hub.activities.activity import Part
from hub.activities.timers.grammar import TimerGrammar, TimerRequest, Wish
from hub.activities.timers.timers import Timer, Timers
from hub.activities.tools import Offer
from hub.activities.words import one_of
from hub.domain.clock import Clock
from hub.domain.play.limits import Pastime
from hub.domain.talks.talk import Turn
from hub.domain.tools import Arguments, Choice, Tool, Whole
from hub.domain.toys import Toy
from hub.errors import RefusedError
from hub.safety.guard import Line

NAME: Final = Pastime.TIMER
SHORTEST: Final = timedelta(seconds=10)
LONGEST: Final = timedelta(hours=3)
NOTHING: Final = "nothing"


class SettingTimers:
    def __init__(self, timers: Timers, clock: Clock) -> None:
        self._timers = timers
        self._clock = clock
        self._grammar = TimerGrammar.load()

    async def take_up(self, turn: Turn, toy: Toy) -> Part | None:
        request = self._grammar.read(turn.heard, toy.language, toy.name)
        if request is None:
            return None
        return Part(NAME, partial(self._answer, request, turn, toy), Line.STORAGE_FAILED)

    async def offers(self, turn: Turn, toy: Toy) -> Sequence[Offer]:
        """Only where there is a device to be told at, and in a language that it is asked for in."""
        things = self._grammar.things(toy.language)
        if turn.satellite_key is None or not things:
            return ()

        async def begin(arguments: Arguments) -> Part:
            minutes, thing = arguments["minutes"], str(arguments["remind_of"])
            request = TimerRequest(
                Wish.SET, timedelta(minutes=int(minutes)), "" if thing == NOTHING else thing
            )
            return Part(NAME, partial(self._answer, request, turn, toy), Line.STORAGE_FAILED)

        most = LONGEST // timedelta(minutes=1)
        parameters: dict[str, Choice | Whole] = {
            "minutes": Whole(1, most),
            "remind_of": Choice((NOTHING, *things)),
        }
        tool = Tool("set_timer", "Set a timer that the child asks for.", parameters)
        return [Offer(tool, begin, NAME)]

    async def _answer(self, request: TimerRequest, turn: Turn, toy: Toy) -> AsyncGenerator[str]:
        """It is on the disk before that is said. Typed words have no device to be told at."""
        say, key = self._grammar.say(toy.language), turn.satellite_key
        if key is None:
            yield one_of(say.nowhere, turn.id)
        elif request.wish is Wish.CANCEL:
            cancelled = await self._timers.cancel(key)
            yield one_of(say.cancelled if cancelled else say.none, turn.id)
        elif request.wish is Wish.LEFT:
            running = await self._timers.list(key)
            left = running[0].ends_at - self._clock.now() if running else timedelta()
            time = self._grammar.spoken(left, toy.language)
            yield one_of(say.left if running else say.none, turn.id).format(time=time)
        elif not SHORTEST <= request.lasts <= LONGEST:
            yield one_of(say.odd, turn.id)
        else:
            yield await self._set(request, key, turn.id, toy.language)

    async def _set(self, request: TimerRequest, key: str, seed: str, language: str) -> str:
        say = self._grammar.say(language)
        try:
            await self._timers.set(Timer(key, self._clock.now() + request.lasts, request.thing))
        except RefusedError:
            return one_of(say.many, seed)
        lines = say.set_for if request.thing else say.set
        time = self._grammar.spoken(request.lasts, language)
        return one_of(lines, seed).format(time=time, thing=request.thing)
