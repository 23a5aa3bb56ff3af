"""A thread for a synthesiser that blocks, and the way of its speech to the event loop."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from hub.domain.audio import SAMPLE_BYTES, PcmChunk

CHUNK_MS = 60
AHEAD_CHUNKS = 1000
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


class SynthesisThread:
    """Does one piece of work after the other; `aclose` stops what is under way."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._open: set[_Handover] = set()

    async def run(self, work: Callable[[], object]) -> None:
        """Something short, such as loading a model."""
        await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def stream(self, synthesise: Callable[[Emit], None]) -> AsyncGenerator[PcmChunk]:
        """Runs `synthesise(emit)` and yields what it emits.

        Closing the stream makes `emit` return False, at which `synthesise` must return.
        """
        handover = _Handover(asyncio.get_running_loop())
        self._open.add(handover)
        working = asyncio.get_running_loop().run_in_executor(
            self._thread, handover.fill, synthesise
        )
        try:
            while (chunk := await handover.take()) is not None:
                yield chunk
            await working
        finally:
            self._open.discard(handover)
            handover.close()
            working.cancel()

    async def aclose(self) -> None:
        for handover in self._open:
            handover.close()
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)


class _Handover:
    """A bounded queue from the thread to the event loop, which its reader may close."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._chunks: asyncio.Queue[PcmChunk | None] = asyncio.Queue()  # `_room` bounds it
        self._room = threading.Semaphore(AHEAD_CHUNKS)
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
