"""The toy's microphone while its sound is wanted: read without end, and tried again until it works where it doesn't."""

import asyncio
import logging
from typing import Protocol

from satellite.clock import Clock, backoff_s
from satellite.errors import DeviceError
from satellite.microphone import Microphone

_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who has ears; a `Session`. Each call may raise WireError."""

    async def heard(self, chunk: bytes) -> None:
        """20 ms of sound."""
        ...

    async def hears_no_more(self) -> None:
        """The microphone's sound is no longer wanted."""
        ...

    async def became_deaf(self, error: DeviceError) -> None:
        """Said once, however often it is tried again."""
        ...

    async def hears_again(self) -> None: ...


class Ear:
    def __init__(self, microphone: Microphone, clock: Clock) -> None:
        self.is_deaf = False
        """The microphone doesn't work."""
        self._microphone = microphone
        self._clock = clock
        self._wanted = asyncio.Event()

    @property
    def is_wanted(self) -> bool:
        return self._wanted.is_set()

    def want(self, wanted: bool) -> None:
        """Whether the microphone is open and its sound handed on; no chunk is once it isn't wanted."""
        if wanted:
            self._wanted.set()
        else:
            self._wanted.clear()

    async def run(self, listener: Listener) -> None:
        """Until cancelled."""
        pauses_s = backoff_s()
        while True:
            await self._wanted.wait()
            try:
                while self._wanted.is_set():
                    chunk = await self._microphone.read()
                    if self.is_deaf:
                        pauses_s = backoff_s()
                        await self._hears_again(listener)
                    if self._wanted.is_set():
                        await listener.heard(chunk)
                await listener.hears_no_more()
            except DeviceError as error:
                await self._became_deaf(listener, error)
                await self._clock.sleep(next(pauses_s))
            finally:
                await self._microphone.aclose()

    async def _became_deaf(self, listener: Listener, error: DeviceError) -> None:
        if self.is_deaf:
            _log.debug("microphone: %s", error)
            return
        _log.error("microphone: %s; trying until it works", error)
        self.is_deaf = True
        await listener.became_deaf(error)

    async def _hears_again(self, listener: Listener) -> None:
        _log.info("the microphone is back")
        self.is_deaf = False
        await listener.hears_again()
