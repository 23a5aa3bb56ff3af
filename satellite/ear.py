"""The toy's microphone while its sound is wanted; where it doesn't work it is tried again until it does."""

import asyncio
import logging
from contextlib import suppress
from typing import Protocol

from satellite.clock import Clock, backoff_s
from satellite.errors import DeviceError
from satellite.microphone import Microphone
from satellite.pipe import Take

_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who has ears; a `Session`. Each call may raise WireError."""

    def heard(self, chunk: bytes) -> None:
        """20 ms of sound."""
        ...

    def hears_no_more(self) -> None:
        """The microphone's sound is no longer wanted."""
        ...

    def became_deaf(self, error: DeviceError) -> None:
        """Said once, however often it is tried again."""
        ...

    def hears_again(self) -> None: ...


class Ear:
    def __init__(self, microphone: Microphone, clock: Clock) -> None:
        self.is_deaf = False
        """The microphone doesn't work."""
        self._microphone = microphone
        self._clock = clock
        self._wanted = asyncio.Event()
        self._hearing: asyncio.Timeout | None = None
        """Ends where the microphone's sound is no longer wanted."""

    @property
    def is_wanted(self) -> bool:
        return self._wanted.is_set()

    def want(self, wanted: bool) -> None:
        """Whether the microphone is open and its sound handed on; no chunk is once it isn't wanted."""
        if wanted:
            self._wanted.set()
        else:
            self._wanted.clear()
            if self._hearing is not None and not self._hearing.expired():
                self._hearing.reschedule(0.0)

    async def run(self, listener: Listener) -> None:
        """Until cancelled."""
        pauses_s = backoff_s()

        def take(chunk: bytes) -> None:
            nonlocal pauses_s
            if self.is_deaf:
                pauses_s = backoff_s()
                self._hears_again(listener)
            if self._wanted.is_set():
                listener.heard(chunk)

        while True:
            while not self._wanted.is_set():  # it may be wanted for a moment alone
                await self._wanted.wait()
            try:
                await self._hear_while_wanted(take)
                listener.hears_no_more()
            except DeviceError as error:
                self._became_deaf(listener, error)
                await self._clock.sleep(next(pauses_s))

    async def _hear_while_wanted(self, take: Take) -> None:
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(None) as self._hearing:
                    await self._microphone.hear(take)
        finally:
            self._hearing = None

    def _became_deaf(self, listener: Listener, error: DeviceError) -> None:
        if self.is_deaf:
            _log.debug("microphone: %s", error)
            return
        _log.error("microphone: %s; trying until it works", error)
        self.is_deaf = True
        listener.became_deaf(error)

    def _hears_again(self, listener: Listener) -> None:
        _log.info("the microphone is back")
        self.is_deaf = False
        listener.hears_again()
