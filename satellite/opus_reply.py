"""A reply that comes in frames: from packets in any order to sound that is never waited for in vain."""

import asyncio

from satellite.clock import Clock
from satellite.jitter import Counts, Depth, JitterBuffer, Sign
from satellite.pcm import SAMPLE_BYTES
from satellite.wire_frame import Frame, Numbers
from satellite.wire_opus import FRAME_SAMPLES, Decoder, OpusError


class OpusReply:
    """`put` frames and `stop`; `next` gives the sound."""

    def __init__(self, skip_samples: int, depth: Depth, counts: Counts, clock: Clock) -> None:
        """`skip_samples` are the encoder's, before the sound begins."""
        self._buffer = JitterBuffer(depth, counts)
        self._numbers = Numbers()
        self._decoder = Decoder()
        self._counts = counts
        self._clock = clock
        self._skip_samples = skip_samples
        self._skip_bytes = skip_samples * SAMPLE_BYTES
        self._news = asyncio.Event()

    @property
    def position_samples(self) -> int:
        """How much of the hub's sound was given out, or has missed its time."""
        return max(0, self._buffer.place * FRAME_SAMPLES - self._skip_samples)

    def put(self, frame: Frame) -> None:
        place = self._numbers.place(frame.number)
        self._buffer.put(place, frame.packet, self._clock.monotonic())
        self._news.set()

    def stop(self) -> None:
        """It is complete."""
        self._buffer.complete = True
        self._news.set()

    async def next(self, heard_until_s: float, most_s: float) -> bytes:
        """The next sound; empty at the end. The speaker has sound until `heard_until_s`.

        Raises TimeoutError when nothing has come for `most_s`.
        """
        while True:
            now_s = self._clock.monotonic()
            ahead_s = heard_until_s - now_s
            taken = self._buffer.take(now_s, ahead_s)
            if taken is Sign.END:
                return b""
            if taken is not Sign.WAIT:
                if pcm := self._trimmed(self._sound(taken)):
                    return pcm
                continue
            wait_s = self._buffer.wait_s(now_s, ahead_s)
            self._news.clear()
            try:
                async with self._clock.timeout(min(wait_s, most_s)):
                    await self._news.wait()
            except TimeoutError:
                if wait_s >= most_s:
                    raise

    def _sound(self, taken: bytes | Sign) -> bytes:
        if isinstance(taken, Sign):
            return self._decoder.conceal()
        try:
            return self._decoder.decode(taken)
        except OpusError:
            self._counts.lost += 1
            self._counts.concealed += 1
            return self._decoder.conceal()

    def _trimmed(self, pcm: bytes) -> bytes:
        skipped = min(self._skip_bytes, len(pcm))
        self._skip_bytes -= skipped
        return pcm[skipped:]
