"""A satellite's speaker: an answer's sound, sent at the pace of playing."""

from wyoming.audio import AudioChunk, AudioStart, AudioStop

from hub.devices.connection import Send
from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ
from hub.domain.clock import Clock
from hub.pipeline.streams import SpeakerStream
from satellite.wire.extensions import LULLS
from satellite.wire.frame import SPEAKER, AudioFrame
from satellite.wire.opus import FOR_VOICE, FRAME_BYTES, Encoder


class Speaker(SpeakerStream):
    """Plays one turn's answer. What was heard is as the satellite says, else by the pace of playing."""

    def __init__(self, send: Send, clock: Clock, *, opus: bool = False) -> None:
        """`opus`: its sound goes in frames."""
        super().__init__(clock, self._send_piece)
        self._send_events = send
        self._frames = SpeakerEncoder() if opus else None
        self.lulls = False
        """What is about to sound lulls a child: the toy is told as it begins."""

    def on_interrupted(self, played_samples: int) -> None:
        """The satellite fell silent after so much of the sound."""
        self.on_played(min(1000 * played_samples / SPEECH_RATE_HZ, self.sent_ms))

    async def _begin(self) -> None:
        start = AudioStart(SPEECH_RATE_HZ, SAMPLE_BYTES, 1).event()
        if self._frames:
            start.data["skip"] = self._frames.skip_samples
            if self.lulls:
                start.data[LULLS] = True
        await self._send_events(start)

    async def _send_piece(self, piece: bytes) -> None:
        if self._frames:
            await self._send_events(*self._frames.push(piece))
        else:
            await self._send_events(AudioChunk(SPEECH_RATE_HZ, SAMPLE_BYTES, 1, piece).event())

    async def _end(self) -> None:
        rest = self._frames.flush() if self._frames else []
        await self._send_events(*rest, AudioStop().event())


class SpeakerEncoder:
    """One answer's sound."""

    def __init__(self) -> None:
        self._encoder = Encoder(FOR_VOICE)
        self._rest = b""
        self._number = 0

    @property
    def skip_samples(self) -> int:
        """What the other end leaves out before the sound begins."""
        return self._encoder.lookahead_samples

    def push(self, pcm: bytes) -> list[AudioFrame]:
        """Whole frames; what is left over waits for more."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        self._rest = pcm[whole:]
        return [self._frame(pcm[at : at + FRAME_BYTES]) for at in range(0, whole, FRAME_BYTES)]

    def flush(self) -> list[AudioFrame]:
        """The end, with the silence that the encoder needs to give out all that it holds."""
        needed = len(self._rest) + 2 * self.skip_samples
        return self.push(bytes(-needed % FRAME_BYTES + 2 * self.skip_samples))

    def _frame(self, pcm: bytes) -> AudioFrame:
        frame = AudioFrame(SPEAKER, self._number, self._encoder.encode(pcm))
        self._number += 1
        return frame
