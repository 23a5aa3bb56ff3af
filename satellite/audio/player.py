"""Plays what the hub sends, at the pace of time, and says when the last sample has left."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from wyoming.audio import AudioChunk, AudioChunkConverter

from satellite.audio.jitter import BufferDepth, OpusReply, PacketCounts
from satellite.audio.pcm import CHUNK_MS, RATE_HZ, SAMPLE_BYTES, bytes_for, seconds_of
from satellite.audio.prompts import RecordedPrompts, chirp
from satellite.audio.speaker import AudioSink
from satellite.clock import Clock
from satellite.errors import DeviceError
from satellite.wire.frame import AudioFrame
from satellite.wire.stream import WireError


class Conversion:
    """Of one reply, piece by piece."""

    def __init__(self, rate_hz: int, channels: int, to_hz: int) -> None:
        self.frame_bytes = SAMPLE_BYTES * channels
        """One sample of each channel."""
        same = (rate_hz, channels) == (to_hz, 1)
        self._form = (rate_hz, SAMPLE_BYTES, channels)
        self._converter = None if same else AudioChunkConverter(to_hz, SAMPLE_BYTES, 1)

    def of(self, piece: bytes) -> bytes:
        """`piece` has whole frames."""
        if self._converter is None:
            return piece
        return self._converter.convert(AudioChunk(*self._form, piece)).audio


LEAD_S: Final = 0.2
"""How far ahead of what is heard a speaker is fed: `stop` loses no more."""
MAX_STALLED_S: Final = 30.0
"""A reply of which nothing comes for so long is over."""
MAX_QUEUED_BYTES: Final = 8_000_000
"""Four minutes at 16 kHz: Home Assistant sends a whole reply at once."""
MAX_QUEUED: Final = 16_384
"""Pieces of sound that may wait: each costs memory beside its sound."""
MAX_REPLIES: Final = 8
MAX_MARKS: Final = 2 * MAX_REPLIES + 1
"""What is queued beside sound: each reply's beginning and end, and one chirp."""

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Reply:
    rate_hz: int
    """Of the speaker."""
    sent_hz: int
    """Of the hub's sound."""
    conversion: Conversion
    """Of the one into the other."""
    frames: OpusReply | None = None
    """Where it comes in frames."""
    given_s: float = 0.0
    """How much of the hub's sound was given to the speaker."""
    heard_until_s: float = 0.0
    """When the last of the given sound will have been heard."""

    def has_given(self, pcm: bytes, now_s: float) -> None:
        """`pcm` went to the speaker."""
        long_s = seconds_of(pcm, self.rate_hz)
        self.heard_until_s = max(self.heard_until_s, now_s) + long_s
        if self.frames is None:
            self.given_s += long_s
        else:
            self.given_s = self.frames.position_samples / self.sent_hz

    def heard_samples(self, now_s: float) -> int:
        """How much of the hub's sound has been heard."""
        unheard_s = max(0.0, self.heard_until_s - now_s)
        return round(max(0.0, self.given_s - unheard_s) * self.sent_hz)


class _Mark(Enum):
    """What is queued between pieces of sound."""

    END = "end"
    CHIRP = "chirp"


class Player:
    """One reply after the other; `ended` is called after each."""

    def __init__(
        self,
        speaker: AudioSink,
        clock: Clock,
        ended: Callable[[int, DeviceError | None], Awaitable[None]],
        counts: PacketCounts,
    ) -> None:
        """`ended` gets how many samples of the hub's sound were heard, and what cut them; `counts`
        is where packets that don't sound as they were sent are counted."""
        self._speaker = speaker
        self._prompts = RecordedPrompts(speaker, clock)
        self._clock = clock
        self._ended = ended
        self._queue: asyncio.Queue[_Reply | _Mark | bytes] = asyncio.Queue(MAX_QUEUED + MAX_MARKS)
        self._queued_bytes = 0
        self._incoming: Conversion | None = None
        """Of the reply that comes in now; None between two."""
        self.replies = 0
        """Begun by the hub and not yet played out."""
        self._playing: asyncio.Task[DeviceError | None] | None = None
        self._sounding: _Reply | None = None
        self._frames: OpusReply | None = None
        """Of the reply that comes in now, where it comes so."""
        self._depth = BufferDepth()
        self._counts = counts

    def start(self, rate_hz: int, channels: int) -> None:
        """A reply begins; an unfinished one before it ends here. Raises WireError when too many wait."""
        self._start(rate_hz, channels, None)

    def start_frames(self, skip_samples: int) -> None:
        """The same for one that comes in frames."""
        frames = OpusReply(skip_samples, self._depth, self._counts, self._clock)
        self._start(RATE_HZ, 1, frames)

    def _start(self, sent_hz: int, channels: int, frames: OpusReply | None) -> None:
        self.stop()
        if self.replies >= MAX_REPLIES:
            raise WireError("more replies are begun than are played; wait for played")
        rate_hz = self._speaker.rate_hz or sent_hz
        self._incoming, self._frames = Conversion(sent_hz, channels, rate_hz), frames
        self.replies += 1
        self._queue.put_nowait(_Reply(rate_hz, sent_hz, self._incoming, frames))

    def feed(self, audio: bytes) -> None:
        """More of the reply. Raises WireError when nobody could hold that much, or it is odd."""
        if self._incoming is None:
            return  # it comes after the reply's end
        if self._frames is not None:
            raise WireError("an audio-chunk in a reply that comes in frames")
        if len(audio) % self._incoming.frame_bytes:
            raise WireError("an audio-chunk holds a part of a sample")
        pcm = self._incoming.of(audio)
        if self._queued_bytes + len(pcm) > MAX_QUEUED_BYTES or self._queue.qsize() >= MAX_QUEUED:
            raise WireError("more sound is sent than can be kept; send it as it is played")
        self._queued_bytes += len(pcm)
        if pcm:
            self._queue.put_nowait(pcm)

    def feed_frame(self, frame: AudioFrame) -> None:
        if self._frames is not None:  # else it comes after the reply's end
            self._frames.put(frame)

    def stop(self) -> None:
        """The reply is complete and is played to its end."""
        if self._incoming is not None:
            self._incoming = None
            if self._frames is not None:
                self._frames.stop()
                self._frames = None
            self._queue.put_nowait(_Mark.END)

    def chirp(self) -> None:
        """A sound of the toy's own; left out where the hub has something to say."""
        if self._incoming is None and self.replies == 0 and self._queue.empty():
            self._queue.put_nowait(_Mark.CHIRP)

    def interrupt(self) -> int:
        """Be silent at once and forget what waits to be played; `ended` is not called for it.

        Returns how many samples of the hub's sound were heard.
        """
        heard = self._sounding.heard_samples(self._clock.monotonic()) if self._sounding else 0
        self._incoming = self._frames = None
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queued_bytes = 0
        self.replies = 0
        if self._playing is not None:
            self._playing.cancel()
            self._playing = self._sounding = None
        return heard

    async def run(self) -> None:
        """Play for ever; cancelled, it is silent at once."""
        while True:
            item = await self._queue.get()
            if item is _Mark.CHIRP:
                await self._prompts.play(await asyncio.to_thread(chirp))
            if not isinstance(item, _Reply):
                continue
            async with asyncio.TaskGroup() as tasks:
                task = tasks.create_task(self._reply(item), name="reply")
                self._playing, self._sounding = task, item
            if self._playing is task:  # else it was interrupted
                self._playing = self._sounding = None
                self.replies -= 1
                await self._ended(item.heard_samples(self._clock.monotonic()), task.result())

    async def _reply(self, reply: _Reply) -> DeviceError | None:
        """What cut it, if anything did. Cancelled, it is silent at once."""
        complete = False
        try:
            await self._speaker.start(reply.rate_hz)
            reply.heard_until_s = self._clock.monotonic()
            while pcm := await self._next(reply):
                await self._paced(pcm, reply)
            complete = True
            await self._sleep_until(reply.heard_until_s)
            await self._speaker.finish()
        except DeviceError as error:
            await self._speaker.stop()
            while not complete and await self._next(reply):
                pass  # the rest of what can't be heard
            return error
        except asyncio.CancelledError:
            await self._speaker.stop()
            raise
        return None

    async def _paced(self, pcm: bytes, reply: _Reply) -> None:
        """Write `pcm` as its time comes."""
        size = bytes_for(CHUNK_MS, reply.rate_hz)
        for at in range(0, len(pcm), size):
            await self._sleep_until(reply.heard_until_s - LEAD_S)
            piece = pcm[at : at + size]
            await self._speaker.write(piece)
            reply.has_given(piece, self._clock.monotonic())

    async def _next(self, reply: _Reply) -> bytes:
        """The reply's next sound; empty at its end."""
        try:
            if reply.frames is not None:
                pcm = await reply.frames.next(reply.heard_until_s, MAX_STALLED_S)
                return reply.conversion.of(pcm)
            async with self._clock.timeout(MAX_STALLED_S):
                item = await self._queue.get()
        except TimeoutError:
            _log.warning("no more of the reply came for %g s: taken as its end", MAX_STALLED_S)
            self._incoming = self._frames = None
            return b""
        if not isinstance(item, bytes):
            return b""
        self._queued_bytes -= len(item)
        return item

    async def _sleep_until(self, due_s: float) -> None:
        wait_s = due_s - self._clock.monotonic()
        if wait_s > 0:
            await self._clock.sleep(wait_s)
