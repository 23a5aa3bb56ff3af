"""A room whose satellite sends its sound all the time: who listens to that, until somebody speaks to the toy.

That is a parent's choice. As long as nobody chose, the sound is thrown away.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from hub.domain.audio import PcmChunk
from hub.domain.clock import Clock
from hub.domain.network_services import NetworkService
from hub.domain.toys import ANY_VOICE
from hub.errors import ProviderError
from hub.pipeline.streams import MicrophoneStream
from hub.providers.wyoming.wake import WakeWordService

log = structlog.get_logger()

RoomListener = NetworkService | str
"""A wake word service, ANY_VOICE, or "" for nobody."""
NOT_CHOSEN: Final = (
    "it sends the sound of its room all the time, and nobody listens: "
    "choose on its page what begins a talk"
)
RETRY_S: Final = 5.0


class RoomListening:
    """`put` what comes while nobody talks; `run` has `woke` called with each wake word."""

    def __init__(
        self,
        listener: Callable[[], RoomListener],
        woke: Callable[[str], Awaitable[None]],
        show: Callable[[str], None],
        clock: Clock,
    ) -> None:
        """`listener` gives who listens now; `show` gets what is wrong with the service, "" when nothing is any more."""
        self._listener = listener
        self._woke = woke
        self._show = show
        self._clock = clock
        self._mic: MicrophoneStream | None = None
        """What the service hears."""
        self._begins = asyncio.Event()
        self._waits = False
        """The service failed a moment ago."""

    @property
    def wakes_at_any_voice(self) -> bool:
        return self._listener() == ANY_VOICE

    @property
    def objection(self) -> str:
        """Why nothing can wake the toy."""
        return "" if self._listener() else NOT_CHOSEN

    def put(self, sound: bytes) -> None:
        if self._waits or not isinstance(self._listener(), NetworkService):
            return
        if self._mic is None:
            self._mic = MicrophoneStream()
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
            mic, service = self._mic, self._listener()
            if mic is None or not isinstance(service, NetworkService):
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
