"""Between a turn and who talks with it: the microphone, bounded, the pace of playing, and the events read in order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import replace
from typing import Final, Self, TypeVar

import structlog

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock
from hub.errors import ProviderTimeoutError
from hub.pipeline.context import Ask
from hub.pipeline.events import Audio, TurnEvent

log = structlog.get_logger()

T = TypeVar("T")

MAX_HELD_MS: Final = 10_000
"""More than this unread means that the pipeline can't keep up."""


class MicrophoneStream:
    """One turn's sound. `put` never waits; iterating ends after `close`."""

    def __init__(self) -> None:
        self._chunks: deque[PcmChunk] = deque()
        self.held_ms = 0.0
        """How much is yet to be read."""
        self._changed = asyncio.Event()
        self._closed = False
        self._dropped = False

    def put(self, chunk: PcmChunk) -> None:
        if self._closed:
            return
        self._chunks.append(chunk)
        self.held_ms += chunk.duration_ms
        while self.held_ms > MAX_HELD_MS:
            self.held_ms -= self._chunks.popleft().duration_ms
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
        self.held_ms -= chunk.duration_ms
        return chunk


AHEAD_S: Final = 0.3
"""How far the sound that was sent may be ahead of the sound that is played."""
PIECE_BYTES: Final = SAMPLE_BYTES * SPEECH_RATE_HZ // 10
MAX_PLAYED_WAIT_S: Final = 1.0
"""How long after it should have been whoever plays the sound may say that it was."""


class SpeakerStream:
    """One answer's sound at the pace of playing: little is ahead when a child barges in. `send` takes its pieces.

    `play` its chunks, then `finish`, or `stop` when it is cut.
    """

    def __init__(
        self,
        clock: Clock,
        send: Callable[[bytes], Awaitable[None]],
        *,
        told_ms: float | None = None,
    ) -> None:
        """`told_ms`: how much was played, where that will be said; None where it is only taken from the pace."""
        self._clock = clock
        self._send = send
        self._told_ms = told_ms
        self._begun = self._ended = False
        self._plays_until = clock.monotonic()
        """When the sound so far has been played."""
        self._all_played = asyncio.Event()
        self.sent_ms = 0.0

    @property
    def played_ms(self) -> float:
        """How much was heard: as was told, else by the pace of playing."""
        if self._told_ms is not None:
            return self._told_ms
        return max(0.0, self.sent_ms - 1000 * self._remaining_s)

    async def play(self, chunk: PcmChunk) -> None:
        """Send the chunk (16 kHz) in pieces of 100 ms, waiting while too much is ahead."""
        if not self._begun:
            self._begun = True
            await self._begin()
        for start in range(0, len(chunk.data), PIECE_BYTES):
            piece = chunk.data[start : start + PIECE_BYTES]
            seconds = len(piece) / (SAMPLE_BYTES * SPEECH_RATE_HZ)
            too_early = self._remaining_s + seconds - AHEAD_S
            if too_early > 0:
                await self._clock.sleep(too_early)
            self._plays_until = self._clock.monotonic() + self._remaining_s + seconds
            self.sent_ms += 1000 * seconds
            await self._send(piece)

    async def finish(self) -> None:
        """Say that this was all, and wait until it was played or should have been."""
        if not self._begun:
            return
        self._all_played.clear()  # what comes late belongs to the turn before
        await self.stop()
        if self._told_ms is not None and self._told_ms >= self.sent_ms:
            return
        try:
            async with self._clock.timeout(self._remaining_s + MAX_PLAYED_WAIT_S):
                await self._all_played.wait()
        except TimeoutError:
            return  # by now it has sounded, whether that is said or not

    async def stop(self) -> None:
        """Say that nothing more comes."""
        if self._begun and not self._ended:
            self._ended = True
            await self._end()

    def on_played(self, played_ms: float | None = None) -> None:
        """So much was played, or all of it."""
        if played_ms is not None:
            self._told_ms = played_ms
        if played_ms is None or played_ms >= self.sent_ms:
            self._all_played.set()

    @property
    def _remaining_s(self) -> float:
        """How long the sound so far goes on."""
        return max(0.0, self._plays_until - self._clock.monotonic())

    async def _begin(self) -> None:
        """Say that sound comes."""

    async def _end(self) -> None:
        """Say that this was all."""


async def follow(
    begin: Callable[[Ask], AbstractAsyncContextManager[AsyncIterable[TurnEvent]]],
    ask: Ask,
    speaker: SpeakerStream,
    tell: Callable[[TurnEvent], Awaitable[None]],
) -> None:
    """Run the turn that `ask` begins, for a satellite or a page: `tell` takes each event, and `speaker` then its sound.

    What was heard of the answer is what `speaker` played. Raises what the turn and the two raise.
    """
    async with begin(replace(ask, played_ms=lambda: speaker.played_ms)) as events:
        async for event in events:
            await tell(event)
            if isinstance(event, Audio):
                await speaker.play(event.chunk)


async def within(
    seconds: float, stream: AsyncGenerator[T], clock: Clock, problem: str
) -> AsyncGenerator[T]:
    """A provider's `stream`, each piece of it in time. Raises ProviderTimeoutError, which says `problem`."""
    async with aclosing(stream):
        while True:
            try:
                async with clock.timeout(seconds):
                    piece = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise ProviderTimeoutError(problem) from error
            yield piece
