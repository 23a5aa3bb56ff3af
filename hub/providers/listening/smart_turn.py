"""Smart Turn, a network that hears whether a speaker has finished: a second opinion beside the words.

It takes what pipecat-ai's Smart Turn v3 takes: the last eight seconds as Whisper's log-mel spectrogram, which
faster-whisper makes. Off unless `[turn] audio_model` names one that is on this machine.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
import structlog
from numpy.typing import NDArray

from hub.config import Config
from hub.domain.audio import SPEECH_RATE_HZ
from hub.errors import ModelError
from hub.providers.listening import load_network
from hub.providers.models import models

if TYPE_CHECKING:
    from faster_whisper.feature_extractor import FeatureExtractor

log = structlog.get_logger()

BANDS = 80
HOP_SAMPLES = 160
"""10 ms, by which Whisper's windows of 25 ms move on."""
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
    async def chosen(cls, config: Config) -> Self | None:
        """The model that `[turn] audio_model` names; None where there is none, or it is of no use."""
        name = config.turn.audio_model
        if not name:
            return None
        try:
            return await cls.load(models.turn_model(config.hub.data, name))
        except ModelError as error:
            log.warning(
                "the words alone say when a turn is over",
                error=str(error),
                hint=f"pommai-hub models get {name}",
            )
            return None

    @classmethod
    async def load(cls, path: Path) -> Self:
        """Raises ModelError for what is no such model."""
        thread = ThreadPoolExecutor(1, thread_name_prefix="smart-turn")
        loop = asyncio.get_running_loop()
        session, spectrogram = await loop.run_in_executor(thread, _load, path)
        return cls(session, spectrogram, thread)

    def __init__(
        self,
        session: Any,  # noqa: ANN401 - onnxruntime has no types
        spectrogram: "FeatureExtractor",
        thread: ThreadPoolExecutor,
    ) -> None:
        self._session = session
        self._spectrogram = spectrogram
        self._thread = thread

    async def finished(self, pcm: bytes) -> float:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._judge, pcm)

    async def aclose(self) -> None:
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)

    def _judge(self, pcm: bytes) -> float:
        features = self._spectrogram(_heard(pcm), padding=0)[np.newaxis]
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


def _load(path: Path) -> "tuple[Any, FeatureExtractor]":
    from faster_whisper.feature_extractor import FeatureExtractor  # takes a second

    try:
        session = load_network(path)
        inputs = {one.name: tuple(one.shape) for one in session.get_inputs()}
    except Exception as error:  # onnxruntime raises types of its own
        raise ModelError(f"{path}: no model that can be run: {error}") from error
    if set(inputs) != {INPUT} or inputs[INPUT][1:] != SHAPE[1:]:
        raise ModelError(
            f"{path}: takes {inputs}, not {INPUT} of {SHAPE[1:]}; it is no Smart Turn v3"
        )
    return session, FeatureExtractor(feature_size=BANDS, hop_length=HOP_SAMPLES)
