"""The toy's mouth in one turn: checked lines go in, in order; their words and sound come out as events."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.talk import Turn
from hub.pipeline.events import Audio, Said, TurnEvent
from hub.pipeline.services import Ask, TurnServices
from hub.pipeline.speak import speak
from hub.pipeline.timings import Timings

LINES_AHEAD = 2
"""Checked lines that wait for the voice; past it `put` waits, so the model is read no further."""


class Mouth:
    """`put` lines and `close` it, while `run` speaks them; `emit` takes the events."""

    def __init__(
        self,
        services: TurnServices,
        ask: Ask,
        turn: Turn,
        policy: SafetyPolicy,
        timings: Timings,
        emit: Callable[[TurnEvent], Awaitable[None]],
    ) -> None:
        self._services = services
        self._ask = ask
        self._turn = turn
        self._policy = policy
        self._timings = timings
        self._emit = emit
        self._lines: asyncio.Queue[SafeText | None] = asyncio.Queue(LINES_AHEAD)

    async def put(self, line: SafeText) -> None:
        """Next to be spoken; waits while LINES_AHEAD wait already."""
        await self._lines.put(line)

    async def close(self) -> None:
        """No more lines come."""
        await self._lines.put(None)

    async def run(self) -> None:
        """Keep and speak each line, until `close`. Raises ProviderError when a voice breaks."""
        while (line := await self._lines.get()) is not None:
            await self._services.store.spoken(self._turn, line)
            await self.say(line)

    async def say(self, line: SafeText) -> None:
        """Speak one line by the first voice that works."""
        await self._emit(Said(line))
        sound = speak(
            await self._services.providers.tts(self._ask.toy),
            line,
            voice=self._ask.toy.voice,
            policy=self._policy,
            outgoing=self._services.outgoing,
            timeout_s=self._services.settings.tts_timeout_s,
            clock=self._services.clock,
            timings=self._timings,
            turn=self._turn,
        )
        async with aclosing(sound) as chunks:
            async for chunk in chunks:
                self._timings.mark("first_audio")
                self._turn.audio_out_ms += chunk.duration_ms
                await self._emit(Audio(chunk))
