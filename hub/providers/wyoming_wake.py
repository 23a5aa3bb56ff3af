"""A wake word service of the house: gets a room's sound until it hears a word."""

from collections.abc import AsyncIterable, Callable
from contextlib import AsyncExitStack, aclosing
from typing import Final

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.wake import Detect, Detection, NotDetected

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock
from hub.domain.house_services import HouseService
from hub.errors import ProviderError
from hub.providers.dialogue import answers
from hub.providers.wyoming_service import Line, WyomingService

DESCRIBE_S: Final = 5.0
AFTER_S: Final = 1.0
"""For its last word, once the sound has ended."""
WORD_MOST: Final = 100
"""Characters of a wake word's name."""


class WakeWordService:
    """One that a parent approved."""

    def __init__(self, service: HouseService, clock: Clock) -> None:
        self._clock = clock
        self._service = WyomingService(
            "wake", service.place, (), DESCRIBE_S, clock, name=service.name, program=service.program
        )

    async def hear(
        self, audio: AsyncIterable[PcmChunk], listens: Callable[[], None] = lambda: None
    ) -> str:
        """The word that was said; "" where the sound ended first. `listens` is called once it does.

        Raises ProviderError.
        """
        await self._service.describe()
        async with AsyncExitStack() as stack:
            line = await self._service.connect(stack)
            await line.say(Detect(), AudioStart(SPEECH_RATE_HZ, SAMPLE_BYTES, 1))
            listens()
            events = answers(_send(line, audio), line.hear, self._clock, AFTER_S)
            await stack.enter_async_context(aclosing(events))
            try:
                async for event in events:
                    if event is None:
                        raise self._service.broken("it closed while it listened")
                    if Detection.is_type(event.type):
                        name = event.data.get("name")
                        return name[:WORD_MOST] if isinstance(name, str) and name else "wake word"
                    if NotDetected.is_type(event.type):
                        return ""
            except TimeoutError:
                return ""
        return ""


async def _send(line: Line, audio: AsyncIterable[PcmChunk]) -> None:
    """Where the line is lost, hearing says so."""
    try:
        async for chunk in audio:
            await line.say(AudioChunk(chunk.rate_hz, SAMPLE_BYTES, 1, chunk.data))
        await line.say(AudioStop())
    except ProviderError:
        return
