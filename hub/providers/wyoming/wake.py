"""A wake word service on the home network: gets a room's sound until it hears a word."""

from collections.abc import AsyncIterable, Callable
from contextlib import AsyncExitStack, aclosing
from typing import Final

from wyoming.audio import AudioStart
from wyoming.wake import Detect, Detection, NotDetected

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock
from hub.domain.network_services import NetworkService
from hub.providers.network.requests import answers
from hub.providers.wyoming.service import WyomingService

MAX_DESCRIBE_S: Final = 5.0
MAX_AFTER_S: Final = 1.0
"""For its last word, once the sound has ended."""
MAX_WORD_CHARACTERS: Final = 100


class WakeWordService:
    """One that a parent approved."""

    def __init__(self, service: NetworkService, clock: Clock) -> None:
        self._clock = clock
        self._service = WyomingService("wake", service, MAX_DESCRIBE_S, clock)

    async def hear(
        self, audio: AsyncIterable[PcmChunk], listens: Callable[[], None] = lambda: None
    ) -> str:
        """The word that was said; "" where the sound ended first. `listens` is called once it does.

        Raises ProviderError.
        """
        await self._service.open()
        async with AsyncExitStack() as stack:
            line = await self._service.connect(stack)
            await line.say(Detect(), AudioStart(SPEECH_RATE_HZ, SAMPLE_BYTES, 1))
            listens()
            events = answers(line.send(audio), line.hear, self._clock, MAX_AFTER_S)
            await stack.enter_async_context(aclosing(events))
            try:
                async for event in events:
                    if event is None:
                        raise self._service.broken("it closed while it listened")
                    if Detection.is_type(event.type):
                        name = event.data.get("name")
                        return (
                            name[:MAX_WORD_CHARACTERS]
                            if isinstance(name, str) and name
                            else "wake word"
                        )
                    if NotDetected.is_type(event.type):
                        return ""
            except TimeoutError:
                return ""
        return ""
