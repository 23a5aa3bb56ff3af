"""A paired satellite's sound in frames: the microphone's to PCM, the missing concealed, and PCM to the speaker's."""

from collections.abc import Iterator
from typing import Final

from hub.domain.audio import PcmChunk
from hub.domain.clock import Clock
from satellite.wire_frame import SPEAKER, Frame, Numbers
from satellite.wire_opus import FRAME_BYTES, FRAME_MS, VOICE, Decoder, Encoder, OpusError

LATE_S: Final = 0.3
"""Sound that comes later than this, by the quickest packet of its stream, is dropped …"""
NEW_PACE_S: Final = 1.0
"""… until all of it was late for so long: then that is the pace of the stream."""
MOST_CONCEALED: Final = 15
"""Packets in a row, 300 ms; of a longer gap the rest is left out."""


class MicFrames:
    """One turn's microphone."""

    def __init__(self, clock: Clock) -> None:
        self.lost = 0
        self.late = 0
        self.concealed = 0
        self._clock = clock
        self._decoder = Decoder()
        self._numbers = Numbers()
        self._next = 0
        """The place of the packet that is to come."""
        self._best_s: float | None = None
        """When the first packet came, or should have by the quickest one."""
        self._late_since_s: float | None = None

    def take(self, frame: Frame) -> Iterator[PcmChunk]:
        """The sound that is known now: nothing, the packet's, or also that of lost ones before it."""
        place = self._numbers.place(frame.number)
        if place < self._next or self._is_late(place):
            self.late += 1
            return
        missing = place - self._next
        self._next = place + 1
        self.lost += missing
        for _ in range(min(missing, MOST_CONCEALED)):
            yield self._concealed_chunk()
        try:
            yield PcmChunk(self._decoder.decode(frame.packet))
        except OpusError:
            self.lost += 1
            yield self._concealed_chunk()

    def _concealed_chunk(self) -> PcmChunk:
        self.concealed += 1
        return PcmChunk(self._decoder.conceal())

    def _is_late(self, place: int) -> bool:
        now_s = self._clock.monotonic()
        begun_s = now_s - place * FRAME_MS / 1000
        if self._best_s is None or begun_s <= self._best_s + LATE_S:
            self._best_s = begun_s if self._best_s is None else min(self._best_s, begun_s)
            self._late_since_s = None
            return False
        if self._late_since_s is None:
            self._late_since_s = now_s
        if now_s - self._late_since_s < NEW_PACE_S:
            return True
        self._best_s, self._late_since_s = begun_s, None
        return False


class SpeakerFrames:
    """One answer's sound."""

    def __init__(self) -> None:
        self._encoder = Encoder(VOICE)
        self._rest = b""
        self._number = 0

    @property
    def skip_samples(self) -> int:
        """What the other end leaves out before the sound begins."""
        return self._encoder.lookahead_samples

    def push(self, pcm: bytes) -> list[Frame]:
        """Whole frames; what is left over waits for more."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        self._rest = pcm[whole:]
        return [self._frame(pcm[at : at + FRAME_BYTES]) for at in range(0, whole, FRAME_BYTES)]

    def flush(self) -> list[Frame]:
        """The end, with the silence that the encoder needs to give out all that it holds."""
        needed = len(self._rest) + 2 * self.skip_samples
        return self.push(bytes(-needed % FRAME_BYTES + 2 * self.skip_samples))

    def _frame(self, pcm: bytes) -> Frame:
        frame = Frame(SPEAKER, self._number, self._encoder.encode(pcm))
        self._number += 1
        return frame
