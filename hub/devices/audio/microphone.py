"""A satellite's sound on its way to the turn that listens: in events or in frames, and in one format."""

from collections.abc import Iterator
from typing import Final

import structlog
from wyoming.event import Event

from hub.devices.identity import printable
from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock
from hub.pipeline.streams import MicrophoneStream
from satellite.wire.frame import AudioFrame, FrameNumbering
from satellite.wire.opus import FRAME_MS, Decoder, OpusError

log = structlog.get_logger()

LATE_S: Final = 0.3
"""Sound that comes later than this, by the quickest packet of its stream, is dropped."""
NEW_PACE_S: Final = 1.0
"""Where all of it was late for so long, that is the pace of the stream from then on."""
MAX_CONCEALED: Final = 15
"""Packets in a row, 300 ms; of a longer gap the rest is left out."""
MIC_FORMAT: Final = (SPEECH_RATE_HZ, SAMPLE_BYTES, 1)


class MicrophoneInput:
    """`open` for a turn, `put` what comes, `close` when enough was heard."""

    def __init__(self, satellite_key: str, clock: Clock, *, opus: bool = False) -> None:
        self.opus = opus
        """The sound comes in frames."""
        self.mic: MicrophoneStream | None = None
        """Where it goes now; None when nobody listens."""
        self._key = satellite_key
        self._clock = clock
        self._frames: MicrophoneDecoder | None = None

    def open(self) -> MicrophoneStream:
        self._frames = MicrophoneDecoder(self._clock) if self.opus else None
        self.mic = MicrophoneStream()
        return self.mic

    def put(self, sound: bytes) -> None:
        if self.mic is not None:
            self.mic.put(PcmChunk(sound))

    def put_frame(self, frame: AudioFrame) -> None:
        if self.mic is not None and self._frames is not None:
            for chunk in self._frames.take(frame):
                self.mic.put(chunk)

    def close(self) -> None:
        frames, self._frames = self._frames, None
        if frames is not None and (frames.lost or frames.late):
            log.info(
                "some of a toy's sound did not come in time",
                satellite=self._key,
                lost=frames.lost,
                late=frames.late,
                concealed=frames.concealed,
            )
        if self.mic is not None:
            self.mic.close()
            self.mic = None


class MicrophoneDecoder:
    """One turn's microphone."""

    def __init__(self, clock: Clock) -> None:
        self.lost = 0
        self.late = 0
        self.concealed = 0
        self._clock = clock
        self._decoder = Decoder()
        self._numbers = FrameNumbering()
        self._next = 0
        """The place of the packet that is to come."""
        self._best_s: float | None = None
        """When the first packet came, or should have by the quickest one."""
        self._late_since_s: float | None = None

    def take(self, frame: AudioFrame) -> Iterator[PcmChunk]:
        """The sound that is known now: nothing, the packet's, or also that of lost ones before it."""
        place = self._numbers.place(frame.number)
        if place < self._next or self._is_late(place):
            self.late += 1
            return
        missing = place - self._next
        self._next = place + 1
        self.lost += missing
        for _ in range(min(missing, MAX_CONCEALED)):
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


def odd_format(chunk: Event) -> str:
    """What is wrong with the format of an `audio-chunk`; "" when nothing is."""
    fields = [chunk.data.get(name) for name in ("rate", "width", "channels")]
    got = tuple(value if isinstance(value, int) else None for value in fields)
    if got == MIC_FORMAT and len(chunk.payload or b"") % SAMPLE_BYTES == 0:
        return ""
    return f"sends sound as {printable(str(got))}, not as {MIC_FORMAT} (Hz, bytes, channels)"
