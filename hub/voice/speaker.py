"""A satellite's speaker: sound sent at the pace of playing, so that little is ahead when a child barges in."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock

AHEAD_S: Final = 0.3
"""How far the sound that was sent may be ahead of the sound that is played."""
PIECE_BYTES: Final = SAMPLE_BYTES * SPEECH_RATE_HZ // 10
PLAYED_GRACE_S: Final = 1.0
"""How long after the last sound `played` may come; a stock satellite never sends it."""


class Speaker:
    """Plays one turn's answer: `play` its chunks, then `finish`, or `stop` when it is cut."""

    def __init__(self, send: Callable[[Event], Awaitable[None]], clock: Clock) -> None:
        self._send = send
        self._clock = clock
        self._plays_until: float | None = None
        """When the sound sent so far has been played; None before the first."""
        self._stopped = False
        self._played = asyncio.Event()

    @property
    def sounded(self) -> bool:
        return self._plays_until is not None

    async def play(self, chunk: PcmChunk) -> None:
        """Send the chunk (16 kHz), waiting while more than AHEAD_S is ahead."""
        if self._plays_until is None:
            self._plays_until = self._clock.monotonic()
            await self._send(AudioStart(SPEECH_RATE_HZ, SAMPLE_BYTES, 1).event())
        for start in range(0, len(chunk.data), PIECE_BYTES):
            piece = chunk.data[start : start + PIECE_BYTES]
            seconds = len(piece) / (SAMPLE_BYTES * SPEECH_RATE_HZ)
            too_early = self._plays_until + seconds - AHEAD_S - self._clock.monotonic()
            if too_early > 0:
                await self._clock.sleep(too_early)
            self._plays_until = max(self._plays_until, self._clock.monotonic()) + seconds
            await self._send(AudioChunk(SPEECH_RATE_HZ, SAMPLE_BYTES, 1, piece).event())

    async def finish(self) -> None:
        """Say that this was all, and wait until it was played or should have been."""
        if self._plays_until is None:
            return
        self._played.clear()  # one that is late belongs to the turn before
        await self.stop()
        remaining = max(0.0, self._plays_until - self._clock.monotonic())
        try:
            async with self._clock.timeout(remaining + PLAYED_GRACE_S):
                await self._played.wait()
        except TimeoutError:
            return  # a stock satellite: what it was given has sounded by now

    async def stop(self) -> None:
        """Say that nothing more comes."""
        if self.sounded and not self._stopped:
            self._stopped = True
            await self._send(AudioStop().event())

    def on_played(self) -> None:
        """The satellite says that it has played everything."""
        self._played.set()
