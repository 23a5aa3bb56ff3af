"""Plays what the hub sends, at the pace of time, and says when the last sample has left."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from wyoming.audio import AudioChunk, AudioChunkConverter, AudioFormat

from satellite.chirp import chirp
from satellite.clock import Clock
from satellite.errors import DeviceError
from satellite.pcm import CHUNK_MS, RATE_HZ, SAMPLE_BYTES, bytes_for, seconds_of
from satellite.speaker import Speaker
from satellite.wire import WireError

LEAD_S: Final = 0.2
"""How far ahead of what is heard a speaker is fed: `stop` loses no more."""
STALLED_S: Final = 30.0
"""A reply of which nothing comes for so long is over."""
MOST_QUEUED_BYTES: Final = 8_000_000
"""Four minutes at 16 kHz: Home Assistant sends a whole reply at once."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Start:
    rate_hz: int


class _Stop:
    pass


class _Chirp:
    pass


class Player:
    """One reply after the other; `ended` is called after each, with the error that cut it."""

    def __init__(
        self,
        speaker: Speaker,
        clock: Clock,
        ended: Callable[[DeviceError | None], Awaitable[None]],
    ) -> None:
        self._speaker = speaker
        self._clock = clock
        self._ended = ended
        self._queue: asyncio.Queue[_Start | _Stop | _Chirp | bytes] = (
            asyncio.Queue()
        )  # bounded in bytes
        self._queued_bytes = 0
        self._format: AudioFormat | None = None
        self._converter = AudioChunkConverter()
        self.replies = 0
        """Begun by the hub and not yet played out."""
        self._playing: asyncio.Task[DeviceError | None] | None = None

    def start(self, sound: AudioFormat) -> None:
        """A reply begins; an unfinished one before it ends here."""
        self.stop()
        self._format = sound
        rate_hz = self._speaker.rate_hz or sound.rate
        self._converter = AudioChunkConverter(rate_hz, SAMPLE_BYTES, 1)
        self.replies += 1
        self._queue.put_nowait(_Start(rate_hz))

    def feed(self, audio: bytes) -> None:
        """More of the reply. Raises WireError when nobody could hold that much, or it is odd."""
        sound = self._format
        if sound is None:
            return  # it comes after the reply's end
        if len(audio) % (sound.width * sound.channels):
            raise WireError("an audio-chunk holds a part of a sample")
        chunk = AudioChunk(sound.rate, sound.width, sound.channels, audio)
        pcm = self._converter.convert(chunk).audio
        if self._queued_bytes + len(pcm) > MOST_QUEUED_BYTES:
            raise WireError("more sound is sent than can be kept; send it as it is played")
        self._queued_bytes += len(pcm)
        if pcm:
            self._queue.put_nowait(pcm)

    def stop(self) -> None:
        """The reply is complete and is played to its end."""
        if self._format is not None:
            self._format = None
            self._queue.put_nowait(_Stop())

    def chirp(self) -> None:
        """A sound of the toy's own; left out where the hub has something to say."""
        if self._format is None and self.replies == 0:
            self._queue.put_nowait(_Chirp())

    def interrupt(self) -> None:
        """Be silent at once and forget what waits to be played; `ended` is not called for it."""
        self._format = None
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queued_bytes = 0
        self.replies = 0
        if self._playing is not None:
            self._playing.cancel()
            self._playing = None

    async def run(self) -> None:
        """Play for ever; cancelled, it is silent at once."""
        while True:
            item = await self._queue.get()
            if isinstance(item, _Chirp):
                await self._chirp()
            if not isinstance(item, _Start):
                continue
            async with asyncio.TaskGroup() as tasks:
                reply = tasks.create_task(self._reply(item.rate_hz), name="reply")
                self._playing = reply
            if self._playing is reply:  # else it was interrupted
                self._playing = None
                self.replies -= 1
                await self._ended(reply.result())

    async def _chirp(self) -> None:
        pcm = await asyncio.to_thread(chirp)
        try:
            await self._speaker.start(RATE_HZ)
            await self._paced(pcm, RATE_HZ, self._clock.monotonic())
            await self._clock.sleep(LEAD_S)
            await self._speaker.finish()
        except DeviceError as error:
            _log.warning("can't chirp: %s", error)
        finally:
            await self._speaker.stop()

    async def _reply(self, rate_hz: int) -> DeviceError | None:
        """Cancelled, it is silent at once."""
        try:
            return await self._played(rate_hz)
        except asyncio.CancelledError:
            await self._speaker.stop()
            raise

    async def _played(self, rate_hz: int) -> DeviceError | None:
        try:
            await self._speaker.start(rate_hz)
            heard_until_s = self._clock.monotonic()
            while pcm := await self._next():
                heard_until_s = await self._paced(pcm, rate_hz, heard_until_s)
        except DeviceError as error:
            await self._speaker.stop()
            while await self._next():
                pass  # the rest of what can't be heard
            return error
        try:
            await self._sleep_until(heard_until_s)
            await self._speaker.finish()
        except DeviceError as error:
            await self._speaker.stop()
            return error
        return None

    async def _paced(self, pcm: bytes, rate_hz: int, heard_until_s: float) -> float:
        """Write `pcm` as its time comes; returns when its last sample will have been heard."""
        size = bytes_for(CHUNK_MS, rate_hz)
        for at in range(0, len(pcm), size):
            await self._sleep_until(heard_until_s - LEAD_S)
            piece = pcm[at : at + size]
            await self._speaker.write(piece)
            begun_s = max(heard_until_s, self._clock.monotonic())
            heard_until_s = begun_s + seconds_of(piece, rate_hz)
        return heard_until_s

    async def _next(self) -> bytes:
        """The reply's next sound; empty at its end."""
        try:
            async with self._clock.timeout(STALLED_S):
                item = await self._queue.get()
        except TimeoutError:
            _log.warning("no more of the reply came for %g s: taken as its end", STALLED_S)
            self._format = None
            return b""
        if not isinstance(item, bytes):
            return b""
        self._queued_bytes -= len(item)
        return item

    async def _sleep_until(self, due_s: float) -> None:
        wait_s = due_s - self._clock.monotonic()
        if wait_s > 0:
            await self._clock.sleep(wait_s)
