"""A hub's sound, of any rate and in one or two channels, as the mono sound that a speaker plays."""

from collections.abc import Callable

from satellite.pcm import SAMPLE_BYTES


class Conversion:
    """Of one reply, piece by piece."""

    def __init__(self, rate_hz: int, channels: int, to_hz: int) -> None:
        self.frame_bytes = SAMPLE_BYTES * channels
        """One sample of each channel."""
        same = (rate_hz, channels) == (to_hz, 1)
        self._convert = None if same else _converter(rate_hz, channels, to_hz)

    def of(self, piece: bytes) -> bytes:
        """`piece` has whole frames."""
        return self._convert(piece) if self._convert else piece


def _converter(rate_hz: int, channels: int, to_hz: int) -> Callable[[bytes], bytes]:
    # Loaded when it is needed, which a paired toy's is not: it is a tenth of the toy's start.
    from wyoming.audio import AudioChunk, AudioChunkConverter

    converter = AudioChunkConverter(to_hz, SAMPLE_BYTES, 1)
    return lambda piece: converter.convert(AudioChunk(rate_hz, SAMPLE_BYTES, channels, piece)).audio
