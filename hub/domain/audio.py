"""Sound as it travels through the hub: short pieces of mono 16-bit PCM."""

import io
import wave
from dataclasses import dataclass

SAMPLE_BYTES = 2
SPEECH_RATE_HZ = 16_000
"""What satellites and recognisers speak."""


@dataclass(frozen=True, slots=True)
class PcmChunk:
    """Mono, signed 16-bit little-endian samples.

    `data` holds `2 * samples` bytes; `rate_hz` is samples a second.
    """

    data: bytes
    rate_hz: int = SPEECH_RATE_HZ

    def __post_init__(self) -> None:
        if len(self.data) % SAMPLE_BYTES:
            raise ValueError(f"{len(self.data)} bytes are not whole 16-bit samples")

    @property
    def samples(self) -> int:
        return len(self.data) // SAMPLE_BYTES

    @property
    def duration_ms(self) -> float:
        return 1000 * self.samples / self.rate_hz


def silence(duration_ms: float, rate_hz: int = SPEECH_RATE_HZ) -> PcmChunk:
    return PcmChunk(bytes(SAMPLE_BYTES * int(duration_ms * rate_hz / 1000)), rate_hz)


def wav(pcm: bytes) -> bytes:
    """The file of speech at SPEECH_RATE_HZ."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(SAMPLE_BYTES)
        writer.setframerate(SPEECH_RATE_HZ)
        writer.writeframes(pcm)
    return file.getvalue()
