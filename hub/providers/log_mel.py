"""Whisper's log-mel spectrogram, in numpy: what models with Whisper's ears take for sound.

The figures are Whisper's (Radford et al., 2022): 80 bands of Slaney's mel scale up to 8 kHz, over
windows of 25 ms every 10 ms.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from hub.domain.audio import SPEECH_RATE_HZ

BANDS = 80
FFT_SAMPLES = 400
HOP_SAMPLES = 160
_LINEAR_HZ_A_MEL = 200 / 3
_LOG_FROM_HZ = 1000.0
_LOG_STEP = np.log(6.4) / 27
_DYNAMIC_DECADES = 8.0

Floats = NDArray[np.float32]


def log_mel(samples: Floats) -> Floats:
    """Shape (BANDS, len(samples) // HOP_SAMPLES); `samples` are at 16 kHz."""
    padded = np.pad(samples, FFT_SAMPLES // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT_SAMPLES)[::HOP_SAMPLES]
    window = np.hanning(FFT_SAMPLES + 1)[:-1]
    power = np.abs(np.fft.rfft(frames[:-1] * window)) ** 2
    bands = np.log10(np.maximum(_filters() @ power.T, 1e-10))
    scaled: Floats = (np.maximum(bands, bands.max() - _DYNAMIC_DECADES) + 4).astype(np.float32)
    return scaled / np.float32(4)


@cache
def _filters() -> NDArray[np.float64]:
    """A triangle for each band, all of the same area; shape (BANDS, FFT_SAMPLES // 2 + 1)."""
    bins_hz = np.fft.rfftfreq(FFT_SAMPLES, 1 / SPEECH_RATE_HZ)
    edges_hz = _hz(np.linspace(0, _mel(SPEECH_RATE_HZ / 2), BANDS + 2))
    low, mid, high = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    triangles = np.minimum((bins_hz - low) / (mid - low), (high - bins_hz) / (high - mid))
    weights: NDArray[np.float64] = np.maximum(0, triangles) * 2 / (high - low)
    return weights


def _mel(hz: float) -> float:
    """For frequencies above 1 kHz."""
    return float(_LOG_FROM_HZ / _LINEAR_HZ_A_MEL + np.log(hz / _LOG_FROM_HZ) / _LOG_STEP)


def _hz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    knee = _LOG_FROM_HZ / _LINEAR_HZ_A_MEL
    above = _LOG_FROM_HZ * np.exp(_LOG_STEP * (mels - knee))
    return np.where(mels < knee, mels * _LINEAR_HZ_A_MEL, above)
