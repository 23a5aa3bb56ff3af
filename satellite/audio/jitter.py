"""A buffer before the speaker that takes packets as the network brings them and gives them as they must sound.

Order is restored, what is missing is to be concealed, and delay is bounded: a hub sends at most 300 ms ahead of
the time at which its sound should be heard, so what waits beyond that is late by as much.
"""

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import Final

from satellite.audio.pcm import SAMPLE_BYTES
from satellite.clock import Clock, happens
from satellite.wire.frame import AudioFrame, FrameNumbering
from satellite.wire.opus import FRAME_MS, FRAME_SAMPLES, Decoder, OpusError

MIN_DEPTH_MS: Final = 40
MAX_DEPTH_MS: Final = 120
DEPTH_STEP_MS: Final = 20
CALM_S: Final = 10.0
"""So long without a dry speaker, and the next reply needs a step less in hand."""
MARGIN_S: Final = 0.02
"""What the speaker still has when a missing packet is waited for no longer."""
MAX_WAITING: Final = 20
"""Packets, 400 ms, what is concealed between them included: with the 200 that the speaker is fed ahead, 300 ms more
than a hub sends ahead."""
MAX_CONCEALED: Final = 3
"""In a row; a guess gets no better than that, and silence is kinder."""


class BufferSign(Enum):
    WAIT = "wait"
    CONCEAL = "conceal"
    END = "end"


@dataclass
class PacketCounts:
    """Packets that did not sound as they were sent."""

    lost: int = 0
    """Never came, or damaged."""
    late: int = 0
    """Came when their time was over, or a second time."""
    concealed: int = 0


class BufferDepth:
    """How much sound must be in hand before it begins: more where it ran dry, less after a calm while."""

    def __init__(self) -> None:
        self.ms = MIN_DEPTH_MS
        self._calm_since_s: float | None = None

    def ran_dry(self, now_s: float) -> None:
        self.ms = min(MAX_DEPTH_MS, self.ms + DEPTH_STEP_MS)
        self._calm_since_s = now_s

    def flows(self, now_s: float) -> None:
        if self._calm_since_s is not None and now_s - self._calm_since_s >= CALM_S:
            self.ms = max(MIN_DEPTH_MS, self.ms - DEPTH_STEP_MS)
            self._calm_since_s = now_s


class JitterBuffer:
    """One reply. A packet's place is its number from the reply's first one on."""

    def __init__(self, depth: BufferDepth, counts: PacketCounts) -> None:
        self.place = 0
        """The packet that sounds next."""
        self.complete = False
        """The hub has sent all of it."""
        self._depth = depth
        self._counts = counts
        self._waiting: dict[int, bytes] = {}
        self._concealed = 0
        """In a row, up to now."""
        self._begun = False
        self._gathering = True
        """Sound is being gathered before it begins, or begins again."""
        self._since_s: float | None = None
        """When the first of the gathered sound came."""

    def __len__(self) -> int:
        """How many packets wait."""
        return len(self._waiting)

    def put(self, place: int, packet: bytes, now_s: float) -> None:
        if place < self.place or place in self._waiting:
            self._counts.late += 1
            return
        self._waiting[place] = packet
        if self._since_s is None:
            self._since_s = now_s
        while self._length > MAX_WAITING:
            self._skip_oldest()

    def _skip_oldest(self) -> None:
        """It has missed its time, and so has what is missing before it."""
        oldest = min(self._waiting)
        del self._waiting[oldest]
        self._counts.late += 1
        self._counts.lost += oldest - self.place
        self.place = oldest + 1

    @property
    def _length(self) -> int:
        """Packets that sound until the newest has, those concealed included."""
        length, before = 0, self.place - 1
        for place in sorted(self._waiting):
            length += 1 + min(place - before - 1, MAX_CONCEALED)
            before = place
        return length

    def take(self, now_s: float, ahead_s: float) -> bytes | BufferSign:
        """What sounds next, where the speaker has `ahead_s` of sound left.

        A packet; CONCEAL where it is missing, or none has come; WAIT, at most for `wait_s`; or END.
        """
        if self._waiting:
            if self.wait_s(now_s, ahead_s) > 0:
                return BufferSign.WAIT
            return self._first(now_s)
        if self.complete:
            return BufferSign.END
        if not self._begun or self._concealed >= MAX_CONCEALED or ahead_s > MARGIN_S:
            return BufferSign.WAIT
        if not self._concealed:
            self._depth.ran_dry(now_s)
        self._gathering, self._since_s = True, None
        return self._conceal()

    def wait_s(self, now_s: float, ahead_s: float) -> float:
        """For how long nothing is to be done unless a packet comes or the reply is complete."""
        if not self._waiting:
            idle = not self._begun or self._concealed >= MAX_CONCEALED
            return float("inf") if idle else max(0.0, ahead_s - MARGIN_S)
        if self.complete:
            return 0.0
        if self._gathering and len(self._waiting) * FRAME_MS < self._depth.ms:
            assert self._since_s is not None
            return max(0.0, self._since_s + self._depth.ms / 1000 - now_s)
        return 0.0 if self.place in self._waiting else max(0.0, ahead_s - MARGIN_S)

    def _first(self, now_s: float) -> bytes | BufferSign:
        self._gathering, self._begun = False, True
        self._depth.flows(now_s)
        if self.place not in self._waiting:
            missing = min(self._waiting) - self.place
            if self._concealed < MAX_CONCEALED:
                self._counts.lost += 1
                self.place += 1
                return self._conceal()
            self._counts.lost += missing
            self.place += missing
        self._concealed = 0
        packet = self._waiting.pop(self.place)
        self.place += 1
        return packet

    def _conceal(self) -> BufferSign:
        self._concealed += 1
        self._counts.concealed += 1
        return BufferSign.CONCEAL


class OpusReply:
    """`put` frames and `stop`; `next` gives the sound."""

    def __init__(
        self, skip_samples: int, depth: BufferDepth, counts: PacketCounts, clock: Clock
    ) -> None:
        """`skip_samples` are the encoder's, before the sound begins."""
        self._buffer = JitterBuffer(depth, counts)
        self._numbers = FrameNumbering()
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

    def put(self, frame: AudioFrame) -> None:
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
            if taken is BufferSign.END:
                return b""
            if taken is not BufferSign.WAIT:
                if pcm := self._trimmed(self._sound(taken)):
                    return pcm
                continue
            wait_s = self._buffer.wait_s(now_s, ahead_s)
            self._news.clear()
            came = await happens(self._news, self._clock, min(wait_s, most_s))
            if not came and wait_s >= most_s:
                raise TimeoutError

    def _sound(self, taken: bytes | BufferSign) -> bytes:
        if isinstance(taken, BufferSign):
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
