"""Carries speech from a blocking synthesiser's thread to the event loop, a little ahead of the listener."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Executor
from contextlib import suppress

from hub.domain.audio import SAMPLE_BYTES, PcmChunk

CHUNK_MS = 60
AHEAD = 50
"""Chunks that a synthesiser may be ahead of its listener: 3 s."""

Emit = Callable[[PcmChunk], bool]
"""Hands over one chunk, waiting for room; False when nobody listens any more."""


def split(pcm: bytes, rate_hz: int) -> Iterator[PcmChunk]:
    """`pcm` in chunks of CHUNK_MS."""
    size = SAMPLE_BYTES * (rate_hz * CHUNK_MS // 1000)
    for start in range(0, len(pcm), size):
        yield PcmChunk(pcm[start : start + size], rate_hz)


async def stream(thread: Executor, synthesise: Callable[[Emit], None]) -> AsyncGenerator[PcmChunk]:
    """Runs `synthesise(emit)` in `thread` and yields what it emits.

    Closing the stream makes `emit` return False, at which `synthesise` must return.
    """
    loop = asyncio.get_running_loop()
    chunks: asyncio.Queue[PcmChunk | None] = asyncio.Queue()  # bounded by `room`
    room = threading.Semaphore(AHEAD)
    closed = threading.Event()

    def emit(chunk: PcmChunk) -> bool:
        room.acquire()
        if closed.is_set():
            return False
        with suppress(RuntimeError):  # the loop was closed meanwhile: nobody listens
            loop.call_soon_threadsafe(chunks.put_nowait, chunk)
            return True
        return False

    def work() -> None:
        try:
            if not closed.is_set():
                synthesise(emit)
        finally:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(chunks.put_nowait, None)

    working = loop.run_in_executor(thread, work)
    try:
        while (chunk := await chunks.get()) is not None:
            room.release()
            yield chunk
        await working
    finally:
        closed.set()
        room.release()
        working.cancel()
