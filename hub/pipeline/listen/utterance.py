"""The sound of one utterance, while it is spoken and until its turn is over."""

import asyncio
from collections.abc import AsyncIterator

from hub.domain.audio import PcmChunk


class Utterance:
    """The sound of one utterance while it grows: written once, read by any number of recognisers.

    Append-only; each iteration starts at the beginning and ends when `close` was called. Bounded by
    the endpointer's longest utterance (30 s are 960 kB).
    """

    def __init__(self) -> None:
        self._chunks: list[PcmChunk] = []
        self._closed = False
        self._grown = asyncio.Event()

    @property
    def duration_ms(self) -> float:
        return sum(chunk.duration_ms for chunk in self._chunks)

    @property
    def pcm(self) -> bytes:
        """All that there is now."""
        return b"".join(chunk.data for chunk in self._chunks)

    def so_far(self) -> "Utterance":
        """What there is now, as an utterance that is over."""
        copy = Utterance()
        copy._chunks = list(self._chunks)
        copy.close()
        return copy

    def append(self, chunk: PcmChunk) -> None:
        self._chunks.append(chunk)
        self._wake()

    def close(self) -> None:
        self._closed = True
        self._wake()

    async def __aiter__(self) -> AsyncIterator[PcmChunk]:
        position = 0
        while True:
            while position < len(self._chunks):
                yield self._chunks[position]
                position += 1
            if self._closed:
                return
            await self._grown.wait()

    def _wake(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()
