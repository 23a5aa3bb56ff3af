"""A satellite's microphone as the pipeline reads it: a bounded stream that drops the oldest sound first."""

import asyncio
from collections import deque
from typing import Final, Self

import structlog

from hub.domain.audio import PcmChunk

log = structlog.get_logger()

MAX_HELD_MS: Final = 10_000
"""More than this unread means that the pipeline can't keep up."""


class Microphone:
    """One turn's sound. `put` never waits; iterating ends after `close`."""

    def __init__(self) -> None:
        self._chunks: deque[PcmChunk] = deque()
        self._held_ms = 0.0
        self._changed = asyncio.Event()
        self._closed = False
        self._dropped = False

    def put(self, chunk: PcmChunk) -> None:
        if self._closed:
            return
        self._chunks.append(chunk)
        self._held_ms += chunk.duration_ms
        while self._held_ms > MAX_HELD_MS:
            self._held_ms -= self._chunks.popleft().duration_ms
            if not self._dropped:
                self._dropped = True
                log.warning(
                    "the hub can't keep up: the oldest sound is dropped", held_ms=MAX_HELD_MS
                )
        self._changed.set()

    def close(self) -> None:
        """No more sound; what is held can still be read."""
        self._closed = True
        self._changed.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> PcmChunk:
        while not self._chunks:
            if self._closed:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        chunk = self._chunks.popleft()
        self._held_ms -= chunk.duration_ms
        return chunk
