"""Changing a stream's rate changes neither its length nor its sound."""

import numpy as np
import pytest
from numpy.typing import NDArray

from hub.domain.audio import PcmChunk
from hub.pipeline.speak.voices import Resampler

DITHER = 3
"""Soxr adds a little noise where it rounds."""


def tone(rate_hz: int, seconds: float = 1.0) -> bytes:
    time = np.arange(int(rate_hz * seconds)) / rate_hz
    return (10_000 * np.sin(2 * np.pi * 440 * time)).astype("<i2").tobytes()


def resampled(
    resampler: Resampler, pcm: bytes, rate_hz: int, chunk_samples: int
) -> NDArray[np.float64]:
    size = 2 * chunk_samples
    chunks = [PcmChunk(pcm[i : i + size], rate_hz) for i in range(0, len(pcm), size)]
    out = [resampler.push(chunk) for chunk in chunks] + [resampler.flush()]
    assert {chunk.rate_hz for chunk in out} == {16_000}
    return np.frombuffer(b"".join(chunk.data for chunk in out), "<i2").astype(float)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_a_tone_stays_the_tone_that_it_was(rate_hz: int) -> None:
    got = resampled(Resampler(rate_hz), tone(rate_hz), rate_hz, 441)
    wanted = np.frombuffer(tone(16_000), "<i2").astype(float)
    assert abs(len(got) - len(wanted)) <= 2
    middle = slice(500, 15_000)  # the filter swings in and out at the ends
    assert np.abs(got[middle] - wanted[middle]).max() < 100


def test_the_size_of_the_pieces_changes_nothing() -> None:
    small = resampled(Resampler(22_050), tone(22_050), 22_050, 100)
    large = resampled(Resampler(22_050), tone(22_050), 22_050, 5_000)
    assert np.abs(small - large).max() <= DITHER


def test_after_a_flush_it_starts_anew() -> None:
    resampler = Resampler(22_050)
    first = resampled(resampler, tone(22_050), 22_050, 441)
    again = resampled(resampler, tone(22_050), 22_050, 441)
    assert np.abs(again - first).max() <= DITHER


def test_a_chunk_of_another_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="at 22050 Hz, not 16000"):
        Resampler(22_050).push(PcmChunk(b"", 16_000))
