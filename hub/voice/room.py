"""A room whose satellite sends its sound all the time: who listens to that, until somebody speaks to the toy.

That is a parent's choice. As long as nobody chose, the sound is thrown away.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from hub.domain.audio import PcmChunk
from hub.domain.clock import Clock
from hub.domain.house_services import HouseService
from hub.domain.toys import ANY_VOICE
from hub.errors import ProviderError
from hub.providers.wyoming_wake import WakeWordService
from hub.voice.microphone import Microphone

log = structlog.get_logger()

HeardBy = Callable[[], HouseService | str]
"""A wake word service, ANY_VOICE, or "" for nobody."""
NOT_CHOSEN: Final = (
    "it sends the sound of its room all the time, and nobody listens: "
    "choose on its page what begins a talk"
)
RETRY_S: Final = 5.0


class Room:
    """`put` what comes while nobody talks; `run` has `woke` called with each wake word."""

    def __init__(
        self,
        heard_by: HeardBy,
        woke: Callable[[str], Awaitable[None]],
        show: Callable[[str], None],
        clock: Clock,
    ) -> None:
        """`show` is told what is wrong with the service, "" when nothing is any more."""
        self._heard_by = heard_by
        self._woke = woke
        self._show = show
        self._clock = clock
        self._mic: Microphone | None = None
        """What the service hears."""
        self._begins = asyncio.Event()
        self._waits = False
        """The service failed a moment ago."""

    @property
    def wakes_at_any_voice(self) -> bool:
        return self._heard_by() == ANY_VOICE

    @property
    def objection(self) -> str:
        """Why nothing can wake the toy."""
        return "" if self._heard_by() else NOT_CHOSEN

    def put(self, sound: bytes) -> None:
        if self._waits or not isinstance(self._heard_by(), HouseService):
            return
        if self._mic is None:
            self._mic = Microphone()
            self._begins.set()
        self._mic.put(PcmChunk(sound))

    def rest(self) -> None:
        """A turn begins, or the satellite's stream does anew: what was heard until now is over."""
        if self._mic is not None:
            self._mic.close()
            self._mic = None

    async def run(self) -> None:
        while True:
            await self._begins.wait()
            self._begins.clear()
            mic, service = self._mic, self._heard_by()
            if mic is None or not isinstance(service, HouseService):
                continue
            try:
                waiting = WakeWordService(service, self._clock)
                word = await waiting.hear(mic, lambda: self._show(""))
            except ProviderError as error:
                log.warning("nothing listens for a wake word", error=str(error))
                self._show(str(error))
                await self._pause()
                continue
            if self._mic is mic:
                self.rest()
                if word:
                    await self._woke(word)

    async def _pause(self) -> None:
        """Before the service is tried again."""
        self.rest()
        self._waits = True
        await self._clock.sleep(RETRY_S)
        self._waits = False
