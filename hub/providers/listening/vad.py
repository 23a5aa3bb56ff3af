"""Silero's voice detector, from the ONNX file that the faster-whisper wheel ships.

`Detector` reads it once for the process, when it is first needed; each stream of sound takes a `SileroVad` of its own.
"""

import asyncio
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from hub.domain.audio import SAMPLE_BYTES
from hub.errors import ProviderUnavailableError
from hub.providers.listening import load_network

WINDOW_SAMPLES = 512
"""32 ms at 16 kHz: what one probability is about."""
_CONTEXT_SAMPLES = 64
_STATE_SHAPE = (1, 1, 128)

Floats = NDArray[np.float32]


class Vad(Protocol):
    """Hears one stream of sound, window by window."""

    def probabilities(self, sound: bytes) -> Sequence[float]:
        """0 to 1 that somebody speaks in each window of `sound`: whole windows, 16 bits at 16 kHz.

        Several at once cost less than one after the other, and come to the same.
        """
        ...

    def reset(self) -> None:
        """Forgets what was heard: the next window starts a new stream."""
        ...


class SileroModel:
    """The network, shared by all streams."""

    @classmethod
    def load(cls) -> Self:
        """Blocks for some 100 ms: call it in a thread."""
        return cls()

    def __init__(self) -> None:
        self._session: Any = load_network(_model_file())

    def new_stream(self) -> "SileroVad":
        return SileroVad(self)

    def run(self, windows: Floats, h: Floats, c: Floats) -> tuple[list[float], Floats, Floats]:
        """A step for each row of `windows`: probabilities and the next state (LSTM's h and c)."""
        probabilities, next_h, next_c = self._session.run(None, {"input": windows, "h": h, "c": c})
        return probabilities.reshape(-1).tolist(), next_h, next_c


class SileroVad:
    """Silero as a `Vad`; about 55 µs a window, 35 where three come at once."""

    def __init__(self, model: SileroModel) -> None:
        self._model = model
        self.reset()

    def reset(self) -> None:
        self._h: Floats = np.zeros(_STATE_SHAPE, np.float32)
        self._c: Floats = np.zeros(_STATE_SHAPE, np.float32)
        self._context: Floats = np.zeros(_CONTEXT_SAMPLES, np.float32)

    def probabilities(self, sound: bytes) -> list[float]:
        if not sound or len(sound) % (WINDOW_SAMPLES * SAMPLE_BYTES):
            raise ValueError(
                f"windows are of {WINDOW_SAMPLES} samples, not {len(sound) / SAMPLE_BYTES:g}"
            )
        samples: Floats = np.frombuffer(sound, "<i2").astype(np.float32) / np.float32(32768)
        heard = np.concatenate([self._context, samples])
        shape = (len(samples) // WINDOW_SAMPLES, _CONTEXT_SAMPLES + WINDOW_SAMPLES)
        step_bytes = heard.itemsize
        windows = as_strided(heard, shape, (WINDOW_SAMPLES * step_bytes, step_bytes))
        found, self._h, self._c = self._model.run(windows, self._h, self._c)
        self._context = samples[-_CONTEXT_SAMPLES:]
        return found


class Detector:
    """Silero for the whole hub. It takes 30 MB, so not before there is a microphone to listen to."""

    def __init__(self) -> None:
        """Raises ProviderUnavailableError where Silero isn't installed."""
        _model_file()
        self._model: SileroModel | None = None
        self._reading = asyncio.Lock()

    async def read(self) -> SileroModel:
        """The network; takes some 300 ms the first time."""
        async with self._reading:
            if self._model is None:
                self._model = await asyncio.to_thread(SileroModel.load)
            return self._model

    async def new_stream(self) -> SileroVad:
        return (await self.read()).new_stream()


def _model_file() -> Path:
    # Only found, never imported: faster_whisper takes seconds and a lot of memory.
    spec = importlib.util.find_spec("faster_whisper")
    if spec is not None and spec.origin is not None:
        found = sorted((Path(spec.origin).parent / "assets").glob("silero_vad*.onnx"))
        if found:
            return found[-1]
    raise ProviderUnavailableError(
        "Silero's voice detector is missing; install it with: pip install 'pommai[hub]'"
    )
