"""A talk on a clock that tests turn, with a model, a voice or a recogniser that takes its time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from hub.config import TurnSection
from hub.domain.audio import PcmChunk
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.talks.talk import Turn
from hub.domain.toys import Voice
from hub.pipeline.context import Ask
from hub.pipeline.events import Heard, Said, TurnEvent
from hub.safety.lines import Line
from tests.clock import FakeClock
from tests.pipeline.scripted import (
    House,
    ScriptedTts,
    sound,
)
from tests.pipeline.turns import FILLERS, until
from tests.safety.shipped import PHRASES

APOLOGIES = PHRASES.lines(Line.PROVIDER_FAILED, "en", {})
PATIENT = TurnSection(llm_timeout_s=60, tts_timeout_s=60)
HURT = "my dad hits me with a belt"


@dataclass
class Talk:
    """A turn whose events are read as they come."""

    events: list[TurnEvent] = field(default_factory=list)

    @property
    def said(self) -> list[str]:
        return [event.text.text for event in self.events if isinstance(event, Said)]

    def has(self, kind: type[TurnEvent]) -> bool:
        return any(isinstance(event, kind) for event in self.events)


@asynccontextmanager
async def talking(
    home: House,
    text: str = "do you like bears",
    *,
    aloud: bool = False,
    from_event: type[TurnEvent] = Heard,
) -> AsyncIterator[Talk]:
    """A turn, typed or said `aloud`, that has come to `from_event`; leaving the block waits for its end."""
    talk = Talk()

    async def read() -> None:
        if aloud:
            ask = Ask(home.toy, "satellite", audio=sound(("voice", 800), ("silence", 3000)))
        else:
            ask = Ask(home.toy, "say", text=text)
        async with home.pipeline.turn(ask) as turn:
            async for event in turn:
                talk.events.append(event)

    reading = asyncio.create_task(read())
    try:
        await until(lambda: talk.has(from_event))
        yield talk
        await reading
    finally:
        reading.cancel()
        await asyncio.wait([reading])


async def let_pass(clock: FakeClock, seconds: float) -> None:
    """Time, once somebody waits for its end."""
    await until(lambda: clock.falls_due(seconds))
    await clock.advance(seconds)


async def kept(home: House) -> Turn:
    return (await home.store.turns.recent(1))[0]


class SlowTts(ScriptedTts):
    """Says a filler at once, anything else when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may = asyncio.Event()

    async def speak(
        self, text: SafeText, voice: Voice, policy: SafetyPolicy
    ) -> AsyncGenerator[PcmChunk]:
        if text.words_for(policy) not in FILLERS:
            await self.may.wait()
        async for chunk in super().speak(text, voice, policy):
            yield chunk
