"""A satellite's speaker: an answer's sound, sent at the pace of playing."""

import asyncio
from typing import Final

from wyoming.audio import AudioChunk, AudioStart, AudioStop

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock
from hub.voice.connection import Send
from hub.voice.frames import SpeakerFrames
from hub.voice.pace import Pace, pieces

PLAYED_GRACE_S: Final = 1.0
"""How long after the last sound `played` may come; a stock satellite never sends it."""


class Speaker:
    """Plays one turn's answer: `play` its chunks, then `finish`, or `stop` when it is cut."""

    def __init__(self, send: Send, clock: Clock, *, opus: bool = False) -> None:
        """`opus`: its sound goes in frames."""
        self._send = send
        self._clock = clock
        self._pace = Pace(clock)
        self._started = False
        self._stopped = False
        self._played = asyncio.Event()
        self._told_ms: float | None = None
        self._frames = SpeakerFrames() if opus else None

    @property
    def played_ms(self) -> float:
        """How much was heard: as the satellite says, else by the pace of playing."""
        return self._pace.played_ms if self._told_ms is None else self._told_ms

    async def play(self, chunk: PcmChunk) -> None:
        """Send the chunk (16 kHz), waiting while too much is ahead."""
        if not self._started:
            self._started = True
            start = AudioStart(SPEECH_RATE_HZ, SAMPLE_BYTES, 1).event()
            if self._frames:
                start.data["skip"] = self._frames.skip_samples
            await self._send(start)
        for piece in pieces(chunk):
            await self._pace.admit(piece)
            if self._frames:
                await self._send(*self._frames.push(piece))
            else:
                await self._send(AudioChunk(SPEECH_RATE_HZ, SAMPLE_BYTES, 1, piece).event())

    async def finish(self) -> None:
        """Say that this was all, and wait until it was played or should have been."""
        if not self._started:
            return
        self._played.clear()  # one that is late belongs to the turn before
        await self.stop()
        try:
            async with self._clock.timeout(self._pace.remaining_s + PLAYED_GRACE_S):
                await self._played.wait()
        except TimeoutError:
            return  # a stock satellite: what it was given has sounded by now

    async def stop(self) -> None:
        """Say that nothing more comes."""
        if self._started and not self._stopped:
            self._stopped = True
            rest = self._frames.flush() if self._frames else []
            await self._send(*rest, AudioStop().event())

    def on_interrupted(self, played_samples: int) -> None:
        """The satellite fell silent after so much of the sound."""
        self._told_ms = min(1000 * played_samples / SPEECH_RATE_HZ, self._pace.sent_ms)

    def on_played(self) -> None:
        """The satellite says that it has played everything."""
        self._played.set()
