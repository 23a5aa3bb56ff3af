"""A satellite's sound on its way to the turn that listens: in events or in frames, and in one format."""

from typing import Final

import structlog
from wyoming.event import Event

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock
from hub.voice.frames import MicFrames
from hub.voice.identity import printable
from hub.voice.microphone import Microphone
from satellite.wire_frame import Frame

log = structlog.get_logger()

MIC_FORMAT: Final = (SPEECH_RATE_HZ, SAMPLE_BYTES, 1)


class Ears:
    """`open` for a turn, `put` what comes, `close` when enough was heard."""

    def __init__(self, satellite_key: str, clock: Clock) -> None:
        self.opus = False
        """The sound comes in frames."""
        self.mic: Microphone | None = None
        """Where it goes now; None when nobody listens."""
        self._key = satellite_key
        self._clock = clock
        self._frames: MicFrames | None = None

    def open(self) -> Microphone:
        self._frames = MicFrames(self._clock) if self.opus else None
        self.mic = Microphone()
        return self.mic

    def put(self, sound: bytes) -> None:
        if self.mic is not None:
            self.mic.put(PcmChunk(sound))

    def put_frame(self, frame: Frame) -> None:
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


def odd_format(chunk: Event) -> str:
    """What is wrong with the format of an `audio-chunk`; "" when nothing is."""
    fields = [chunk.data.get(name) for name in ("rate", "width", "channels")]
    got = tuple(value if isinstance(value, int) else None for value in fields)
    if got == MIC_FORMAT and len(chunk.payload or b"") % SAMPLE_BYTES == 0:
        return ""
    return f"sends sound as {printable(str(got))}, not as {MIC_FORMAT} (Hz, bytes, channels)"
