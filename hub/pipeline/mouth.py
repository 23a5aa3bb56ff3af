"""The toy's mouth in one turn: checked lines go in, in order; their words and sound come out as events.

The next clause is made into sound while one is handed on. While a slow answer is waited for, the toy says
that it is thinking; past `[turn] give_up_s` the answer is given up.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import structlog

from hub.domain.audio import PcmChunk
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.talk import Turn
from hub.domain.trace import Work
from hub.errors import DataError, PommaiError, ProviderError, ProviderTimeoutError
from hub.pipeline.events import Audio, Said, TurnEvent
from hub.pipeline.services import Ask, TurnServices
from hub.pipeline.speak import speak, unvoiced
from hub.pipeline.timings import Timings
from hub.safety.guard import Line

log = structlog.get_logger()

LINES_AHEAD = 1
"""Checked lines that wait to be made into sound; past it `put` waits, so the model is read no further."""
CLAUSES_AHEAD = 1
"""Clauses made into sound before the one that sounds is handed on."""
CHUNKS_AHEAD = 300
"""Of at most 100 ms each: 30 s, a megabyte."""
FILLER_LATE_S = 1.0
"""A filler whose sound takes longer is left out."""


_Item = tuple[SafeText, PcmChunk] | PcmChunk | PommaiError | None
"""A line with the first of its sound, more of it, what broke, or the end."""


class Mouth:
    """`put` lines and `close` it, while `run` speaks them; `emit` takes the events.

    Sound is made at once; nothing is kept or said before `cleared`, if it is given, returns.
    """

    def __init__(
        self,
        services: TurnServices,
        ask: Ask,
        turn: Turn,
        policy: SafetyPolicy,
        timings: Timings,
        emit: Callable[[TurnEvent], Awaitable[None]],
        cleared: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._services = services
        self._settings = services.settings
        self._toy = ask.toy
        self._aloud = ask.aloud
        self._turn = turn
        self._policy = policy
        self._timings = timings
        self._emit = emit
        self._cleared = cleared
        self._lines: asyncio.Queue[SafeText | None] = asyncio.Queue(LINES_AHEAD)
        self._sound: asyncio.Queue[_Item] = asyncio.Queue(CHUNKS_AHEAD)
        self._room = asyncio.Semaphore(CLAUSES_AHEAD)
        self._making = False
        self.fills_silence = False
        """Whether a slow answer may be waited for with a "let me think"."""

    @property
    def is_ready(self) -> bool:
        """There is sound to hand on."""
        return not self._sound.empty()

    async def put(self, line: SafeText) -> None:
        """Next to be spoken; waits while LINES_AHEAD wait already."""
        await self._lines.put(line)

    async def close(self) -> None:
        """No more lines come."""
        await self._lines.put(None)

    async def run(self) -> None:
        """Keep and speak each line, until `close`.

        Raises, in a group: ProviderError when a voice breaks or the answer is given up, or DataError.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._make_sound())
            tasks.create_task(self._hand_on())

    async def say_last(self, line: SafeText) -> None:
        """What is said when the turn broke; kept, too, where that is possible. Raises ProviderError."""
        await self._say_apart(line, "first_audio", keep=self._keep_if_possible)

    async def _make_sound(self) -> None:
        """Of each line, CLAUSES_AHEAD of the one that is handed on; what breaks takes its place in line."""
        while (line := await self._lines.get()) is not None:
            await self._room.acquire()
            self._making = True
            try:
                async with aclosing(self._speak(line)) as sound:
                    await self._sound.put((line, await anext(sound)))
                    async for chunk in sound:
                        await self._sound.put(chunk)
            except PommaiError as error:
                await self._sound.put(error)
                return
            self._making = False
        await self._sound.put(None)

    async def _hand_on(self) -> None:
        if self._cleared is not None:
            await self._cleared()
        item = await self._first()
        while item is not None:
            match item:
                case (line, chunk):
                    self._room.release()
                    await self._keep(line)
                    await self._emit(Said(line))
                    await self._give(chunk, "first_audio")
                case PcmChunk() as chunk:
                    await self._give(chunk, "first_audio")
                case error:
                    raise error
            item = await self._next_or_give_up(self._settings.give_up_s)

    async def _first(self) -> _Item:
        """The answer's first sound; until it is there, the toy says that it thinks."""
        clock, settings = self._services.clock, self._settings
        began_s = clock.monotonic()
        moments_s = (settings.filler_s, settings.give_up_s / 2)
        for number, after_s in enumerate(moments_s):
            if not settings.filler_s <= after_s < settings.give_up_s:
                continue
            try:
                return await self._next(began_s + after_s - clock.monotonic())
            except TimeoutError:
                if self.fills_silence and self._aloud:
                    await self._say_filler(number)
        return await self._next_or_give_up(began_s + settings.give_up_s - clock.monotonic())

    async def _next(self, within_s: float) -> _Item:
        """Raises TimeoutError."""
        if not self._sound.empty():
            return self._sound.get_nowait()
        async with self._services.clock.timeout(within_s):
            return await self._sound.get()

    async def _next_or_give_up(self, within_s: float) -> _Item:
        try:
            return await self._next(within_s)
        except TimeoutError as error:
            work = Work.TTS if self._making else Work.LLM
            name = self._turn.providers.get(work, work)
            self._timings.fail(work, name)
            raise ProviderTimeoutError(
                f"{name}: too slow: {self._settings.give_up_s:g} s passed without a sound"
            ) from error

    async def _say_filler(self, number: int) -> None:
        """A "let me think", another one each time; left out where no voice has it soon."""
        lines = await self._services.guard.lines(Line.THINKING, self._policy, self._toy.language)
        if number >= len(lines):
            return
        line = random.Random(self._turn.id).sample(lines, len(lines))[number]  # noqa: S311 - variety
        try:
            await self._say_apart(line, "filler", keep=self._keep, within_s=FILLER_LATE_S)
        except (ProviderError, TimeoutError) as error:
            log.info("nothing fills the silence", turn=self._turn.id, error=str(error))

    async def _say_apart(
        self,
        line: SafeText,
        step: str,
        *,
        keep: Callable[[SafeText], Awaitable[None]],
        within_s: float | None = None,
    ) -> None:
        """Speak a line out of the row, if its sound begins in time. Raises TimeoutError."""
        async with aclosing(self._speak(line)) as sound:
            async with self._services.clock.timeout(within_s):
                first = await anext(sound)
            await keep(line)
            await self._emit(Said(line))
            await self._give(first, step)
            async for chunk in sound:
                await self._give(chunk, step)

    def _speak(self, line: SafeText) -> AsyncGenerator[PcmChunk]:
        if not self._aloud:
            return unvoiced()
        return speak(self._services, self._toy, line, self._policy, self._timings, self._turn)

    async def _keep(self, line: SafeText) -> None:
        await self._services.store.spoken(self._turn, line)

    async def _keep_if_possible(self, line: SafeText) -> None:
        if not self._turn.revision:
            return
        try:
            await self._keep(line)
        except DataError as error:
            log.error("what the toy says can't be kept", turn=self._turn.id, error=str(error))

    async def _give(self, chunk: PcmChunk, step: str) -> None:
        self._timings.mark(step)
        self._turn.audio_out_ms += chunk.duration_ms
        await self._emit(Audio(chunk))
