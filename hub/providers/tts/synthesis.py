"""What local voices share: a thread for a synthesiser that blocks, and the way of its speech to the event loop."""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

from hub.domain.audio import SAMPLE_BYTES, PcmChunk
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.toys import Voice

T = TypeVar("T")

CHUNK_MS = 60
MAX_AHEAD_CHUNKS = 1000
"""How far a synthesiser runs ahead of its listener: a minute, which holds any clause whole.

So a toy that is still playing one doesn't keep the thread from another toy.
"""

Emit = Callable[[PcmChunk], bool]
"""Hands over one chunk, waiting for room; False when nobody listens any more."""


def split(pcm: bytes, rate_hz: int) -> Iterator[PcmChunk]:
    """`pcm` in chunks of CHUNK_MS."""
    size = SAMPLE_BYTES * (rate_hz * CHUNK_MS // 1000)
    for start in range(0, len(pcm), size):
        yield PcmChunk(pcm[start : start + size], rate_hz)


class ThreadTts(ABC):
    """A voice that this machine speaks with, in a thread of its own; a provider fills in `synthesise`.

    It says one thing after the other; `aclose` stops what is under way.
    """

    name: str
    local = True

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=self.name)
        self._open: set[_Handover] = set()

    @abstractmethod
    def synthesise(self, words: str, voice: Voice, emit: Emit) -> None:
        """In the thread: emits the speech, until `emit` returns False, as it does once nobody listens."""

    async def speak(
        self, text: SafeText, voice: Voice, policy: SafetyPolicy
    ) -> AsyncGenerator[PcmChunk]:
        words = text.words_for(policy)
        if not words.strip():
            return
        loop = asyncio.get_running_loop()
        handover = _Handover(loop)
        self._open.add(handover)
        work = partial(self.synthesise, words, voice)
        working = loop.run_in_executor(self._thread, handover.fill, work)
        try:
            while (chunk := await handover.take()) is not None:
                yield chunk
            await working
        finally:
            self._open.discard(handover)
            handover.close()
            working.cancel()

    async def run(self, work: Callable[[], T]) -> T:
        """What something short gives, such as loading a model, in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def aclose(self) -> None:
        for handover in self._open:
            handover.close()
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)


class _Handover:
    """A bounded queue from the thread to the event loop, which its reader may close."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._chunks: asyncio.Queue[PcmChunk | None] = asyncio.Queue()  # `_room` bounds it
        self._room = threading.Semaphore(MAX_AHEAD_CHUNKS)
        self._closed = threading.Event()

    def fill(self, synthesise: Callable[[Emit], None]) -> None:
        """In the thread."""
        try:
            if not self._closed.is_set():
                synthesise(self._emit)
        finally:
            self._send(None)

    async def take(self) -> PcmChunk | None:
        """The next chunk; None at the end."""
        chunk = await self._chunks.get()
        self._room.release()
        return chunk

    def close(self) -> None:
        self._closed.set()
        self._room.release()

    def _emit(self, chunk: PcmChunk) -> bool:
        self._room.acquire()
        if not self._closed.is_set():
            self._send(chunk)
        return not self._closed.is_set()

    def _send(self, chunk: PcmChunk | None) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens
            self._loop.call_soon_threadsafe(self._chunks.put_nowait, chunk)
