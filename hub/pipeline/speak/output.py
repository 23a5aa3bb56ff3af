"""What a toy says in one turn: checked lines go in, in order; their words and sound come out as events.

The next clause is made into sound while one is handed on. Whoever is slow once the child has finished, be it
recogniser, guard, model or voice, the toy says that it is thinking; past `[turn] give_up_s` the answer is given up.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from enum import Enum
from typing import TypeVar

import structlog

from hub.activities.bedtime.sounds import chunks_of, round_of, softer
from hub.domain.audio import PcmChunk
from hub.domain.lulling import USUAL, Manner, Sound, SoundName
from hub.domain.safety import SafeText
from hub.errors import DataError, PommaiError, ProviderError, ProviderTimeoutError
from hub.pipeline.context import TurnContext
from hub.pipeline.events import Audio, Said, Sounds
from hub.pipeline.speak.voices import speak, unvoiced
from hub.safety.guard import Line

log = structlog.get_logger()

MAX_LINES_AHEAD = 1
"""Checked lines that wait to be made into sound; past it `put` waits, so the model is read no further."""
MAX_CLAUSES_AHEAD = 1
"""Clauses made into sound before the one that sounds is handed on."""
MAX_CHUNKS_AHEAD = 300
"""Of at most 100 ms each: 30 s, a megabyte."""
MAX_FILLER_WAIT_S = 1.0
"""A filler whose sound takes longer is left out."""
LOOKED_EVERY_CHUNKS = 10
"""A second of a sound without words, after which it is looked whether a parent has paused the toy."""

T = TypeVar("T")


class _Mark(Enum):
    LOOK = "look"
    """See LOOKED_EVERY_CHUNKS."""


_Item = tuple[SafeText, Manner] | Sound | PcmChunk | _Mark | PommaiError | None
"""A line and how it is said, or a sound without words, then what is heard of it; what broke, or the end."""


class SpeechOutput:
    """`put` lines and `close` it, while `run` speaks them.

    Sound is made at once. Nothing sounds or is kept before `decided`, where it is given, returns, and of the
    answer nothing before `cleared` does.
    """

    def __init__(
        self,
        context: TurnContext,
        decided: Callable[[], Awaitable[object]] | None = None,
        cleared: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._context = context
        self._services = context.services
        self._settings = context.services.settings
        self._turn = context.record
        self._timings = context.timings
        self._decided = decided
        self._cleared = cleared
        self._lines: asyncio.Queue[tuple[SafeText, Manner] | Sound | None] = asyncio.Queue(
            MAX_LINES_AHEAD
        )
        self._sound: asyncio.Queue[_Item] = asyncio.Queue(MAX_CHUNKS_AHEAD)
        self._room = asyncio.Semaphore(MAX_CLAUSES_AHEAD)
        self._due: SafeText | None = None
        """The last line of the turn's record, where it has not sounded yet."""
        self.fills_silence = False
        """Whether who is slow may be waited for with a "let me think"."""
        self._silenced = False
        """A parent paused the toy amid a sound; what was to come after it isn't said either."""

    @property
    def is_ready(self) -> bool:
        """There is a line to hand on."""
        return not self._sound.empty()

    async def put(self, line: SafeText, manner: Manner = USUAL) -> None:
        """Next to be spoken; waits while MAX_LINES_AHEAD wait already."""
        await self._lines.put((line, manner))

    async def play(self, sound: Sound) -> None:
        """Likewise, of a sound without words."""
        await self._lines.put(sound)

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

    async def until(self, next_within: Callable[[float], Awaitable[T]]) -> T:
        """What it gives in so many seconds, or else raises TimeoutError; meanwhile, the toy says that it thinks.

        All is counted from the end of the child's turn. Raises ProviderTimeoutError past `give_up_s`.
        """
        settings = self._settings
        for after_s in (settings.filler_s, settings.give_up_s / 2):
            left_s = after_s - self._timings.since_decided_s()
            if left_s <= 0 or not settings.filler_s <= after_s < settings.give_up_s:
                continue
            try:
                return await next_within(left_s)
            except TimeoutError:
                if self.fills_silence and self._context.ask.aloud:
                    await self._say_filler()
        return await self._or_give_up(
            next_within, settings.give_up_s - self._timings.since_decided_s()
        )

    async def _make_sound(self) -> None:
        """Of each line, MAX_CLAUSES_AHEAD of the one that is handed on; what breaks takes its place in line."""
        while (item := await self._lines.get()) is not None:
            await self._room.acquire()
            try:
                if isinstance(item, Sound):
                    await self._sound.put(item)
                    await self._make_wordless(item)
                else:
                    line, manner = item
                    await self._sound.put((line, manner))
                    async with aclosing(self._speak(line, manner)) as sound:
                        async for chunk in sound:
                            await self._sound.put(chunk)
            except PommaiError as error:
                await self._sound.put(error)
                return
        await self._sound.put(None)

    async def _make_wordless(self, sound: Sound) -> None:
        if not self._context.ask.aloud:
            return
        if sound.name is not SoundName.PAUSE:
            await asyncio.to_thread(round_of, sound.name)
        for number, chunk in enumerate(chunks_of(sound)):
            if self._silenced:
                return
            if number % LOOKED_EVERY_CHUNKS == 0:
                await self._sound.put(_Mark.LOOK)
            await self._sound.put(chunk)

    async def _hand_on(self) -> None:
        if self._decided is not None:
            await self._decided()
        item = await self.until(self._next)
        spoke = False
        while item is not None:
            match item:
                case (line, manner):
                    self._room.release()
                    if not self._silenced:
                        item = await self._begin(line, manner, or_filler=not spoke)
                        spoke = True
                        continue
                case Sound() as sound:
                    self._room.release()
                    await self._context.emit(Sounds(sound))
                case _Mark.LOOK:
                    self._silenced = self._silenced or await self._is_paused()
                case PcmChunk() as chunk:
                    if not self._silenced:
                        await self._give(chunk, "first_audio")
                case error:
                    raise error
            item = await self._or_give_up(self._next, self._settings.give_up_s)

    async def _is_paused(self) -> bool:
        store = self._services.store
        toy = await store.toys.get(self._context.ask.toy.id)
        return toy is None or (await store.household.get()).silences(toy)

    async def _begin(self, line: SafeText, manner: Manner, *, or_filler: bool) -> _Item:
        """Keep the line while its first sound is made; gives that, or what broke."""
        async with asyncio.TaskGroup() as tasks:
            self._due = line
            tasks.create_task(self._keep(line))
            if or_filler:
                first = await self.until(self._next)
            else:
                first = await self._or_give_up(self._next, self._settings.give_up_s)
        self._due = None
        if isinstance(first, PcmChunk):
            await self._context.emit(Said(line, manner))
        return first

    async def _next(self, within_s: float) -> _Item:
        """Raises TimeoutError."""
        async with self._services.clock.timeout(within_s):
            if self._cleared is not None:
                await self._cleared()
            return await self._sound.get()

    async def _or_give_up(self, next_within: Callable[[float], Awaitable[T]], within_s: float) -> T:
        try:
            return await next_within(within_s)
        except TimeoutError as error:
            name = self._timings.fail_unfinished() or "the answer"
            raise ProviderTimeoutError(
                f"{name}: too slow: {self._settings.give_up_s:g} s passed without a sound"
            ) from error

    async def _say_filler(self) -> None:
        """A "let me think", another one each time; left out where no voice has it soon."""
        policy, language = self._context.policy, self._context.ask.toy.language
        lines = await self._services.guard.lines(Line.THINKING, policy, language)
        number = len(self._turn.said) - (self._due is not None)
        if number >= len(lines):
            return
        line = random.Random(self._turn.id).sample(lines, len(lines))[number]  # noqa: S311 - variety
        try:
            await self._say_apart(
                line, "filler", keep=self._keep_filler, within_s=MAX_FILLER_WAIT_S
            )
        except (ProviderError, TimeoutError) as error:
            log.info("nothing fills the silence", error=str(error))

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
            await self._context.emit(Said(line))
            await self._give(first, step)
            async for chunk in sound:
                await self._give(chunk, step)

    async def _speak(self, line: SafeText, manner: Manner = USUAL) -> AsyncGenerator[PcmChunk]:
        spoken = speak(self._context, line, manner.speed) if self._context.ask.aloud else unvoiced()
        async with aclosing(spoken) as sound:
            async for chunk in sound:
                yield chunk if manner.gain == 1 else softer(chunk, manner.gain)

    async def _keep(self, line: SafeText) -> None:
        await self._services.store.spoken(self._turn, line)

    async def _keep_filler(self, line: SafeText) -> None:
        """Before the line that is due; where the child's words aren't known yet, it is kept with them."""
        if self._due is not None:
            self._turn.said.pop()
        if self._turn.revision:
            await self._keep(line)
        else:
            self._turn.said.append(line.text)
        if self._due is not None:
            await self._keep(self._due)

    async def _keep_if_possible(self, line: SafeText) -> None:
        if not self._turn.revision:
            return
        try:
            await self._keep(line)
        except DataError as error:
            log.error("what the toy says can't be kept", error=str(error))

    async def _give(self, chunk: PcmChunk, step: str) -> None:
        self._timings.mark(step)
        self._turn.audio_out_ms += chunk.duration_ms
        await self._context.emit(Audio(chunk))
