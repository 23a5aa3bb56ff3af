"""Smart Turn, a network that hears whether a speaker has finished: a second opinion beside the words.

It takes what pipecat-ai's Smart Turn v3 takes: the last eight seconds as Whisper's log-mel spectrogram. Off unless
`[turn] audio_model` names one that is on this machine.

The figures of the spectrogram are Whisper's (Radford et al., 2022): 80 bands of Slaney's mel scale up to 8 kHz, over
windows of 25 ms every 10 ms.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from hub.domain.audio import SPEECH_RATE_HZ
from hub.errors import ModelError
from hub.providers.listening import load_network

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


HEARS_SAMPLES = 8 * SPEECH_RATE_HZ
INPUT = "input_features"
SHAPE = (1, BANDS, HEARS_SAMPLES // HOP_SAMPLES)


class TurnModel(Protocol):
    async def finished(self, pcm: bytes) -> float:
        """0 to 1 that who speaks in `pcm` (16 bits, 16 kHz) has finished at its end. Raises ModelError."""
        ...


class SmartTurn:
    """The network as a `TurnModel`, in a thread of its own."""

    @classmethod
    async def load(cls, path: Path) -> Self:
        """Raises ModelError for what is no such model."""
        thread = ThreadPoolExecutor(1, thread_name_prefix="smart-turn")
        loop = asyncio.get_running_loop()
        return cls(await loop.run_in_executor(thread, _session, path), thread)

    def __init__(self, session: Any, thread: ThreadPoolExecutor) -> None:  # noqa: ANN401 - onnxruntime has no types
        self._session = session
        self._thread = thread

    async def finished(self, pcm: bytes) -> float:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._judge, pcm)

    async def aclose(self) -> None:
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)

    def _judge(self, pcm: bytes) -> float:
        features = log_mel(_heard(pcm))[np.newaxis]
        try:
            [probabilities] = self._session.run(None, {INPUT: features})
        except Exception as error:  # onnxruntime raises types of its own
            raise ModelError(f"the turn model failed: {error}") from error
        return float(np.ravel(probabilities)[0])


def _heard(pcm: bytes) -> NDArray[np.float32]:
    """The last eight seconds, after silence where there are fewer, of mean 0 and variance 1."""
    samples = np.frombuffer(pcm, "<i2")[-HEARS_SAMPLES:].astype(np.float32) / np.float32(32768)
    whole = np.pad(samples, (HEARS_SAMPLES - len(samples), 0))
    level: NDArray[np.float32] = (whole - whole.mean()) / np.sqrt(whole.var() + np.float32(1e-7))
    return level


def _session(path: Path) -> Any:  # noqa: ANN401 - onnxruntime has no types
    try:
        session = load_network(path)
        inputs = {one.name: tuple(one.shape) for one in session.get_inputs()}
    except Exception as error:  # onnxruntime raises types of its own
        raise ModelError(f"{path}: no model that can be run: {error}") from error
    if set(inputs) != {INPUT} or inputs[INPUT][1:] != SHAPE[1:]:
        raise ModelError(
            f"{path}: takes {inputs}, not {INPUT} of {SHAPE[1:]}; it is no Smart Turn v3"
        )
    return session
