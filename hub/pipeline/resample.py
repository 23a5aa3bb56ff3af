"""Brings a stream of sound to another sample rate, without clicks where its pieces meet."""

import numpy as np
import soxr

from hub.domain.audio import SPEECH_RATE_HZ, PcmChunk


class Resampler:
    """One stream's converter: `push` its chunks, then `flush` what is still inside. A few chunks lag behind."""

    def __init__(self, from_hz: int, to_hz: int = SPEECH_RATE_HZ) -> None:
        self._from_hz = from_hz
        self._to_hz = to_hz
        # Soxr's HQ filter is for music; MQ keeps speech whole with half the delay.
        self._stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16", quality="MQ")

    def push(self, chunk: PcmChunk) -> PcmChunk:
        """What is ready at the new rate; may be empty."""
        if chunk.rate_hz != self._from_hz:
            raise ValueError(f"this stream is at {self._from_hz} Hz, not {chunk.rate_hz}")
        return self._convert(chunk.data, last=False)

    def flush(self) -> PcmChunk:
        """The rest; the stream then starts anew."""
        rest = self._convert(b"", last=True)
        self._stream.clear()
        return rest

    def _convert(self, data: bytes, *, last: bool) -> PcmChunk:
        if self._from_hz == self._to_hz:
            return PcmChunk(data, self._to_hz)
        samples = self._stream.resample_chunk(np.frombuffer(data, "<i2"), last=last)
        return PcmChunk(samples.astype("<i2").tobytes(), self._to_hz)
