"""The one form of sound that the satellite's parts pass around: 16-bit little-endian mono samples."""

from typing import Final

RATE_HZ: Final = 16_000
"""What a microphone gives and a hub's recogniser hears."""
SAMPLE_BYTES: Final = 2
CHUNK_MS: Final = 20
CHUNK_BYTES: Final = RATE_HZ * CHUNK_MS // 1000 * SAMPLE_BYTES
SILENCE: Final = bytes(CHUNK_BYTES)
"""One chunk of it."""


def bytes_for(milliseconds: int, rate_hz: int) -> int:
    return rate_hz * milliseconds // 1000 * SAMPLE_BYTES


def seconds_of(pcm: bytes, rate_hz: int) -> float:
    return len(pcm) / SAMPLE_BYTES / rate_hz
