"""What the hub's ears make of a recording: the detector's judgements, and the recogniser's words at each pause."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Self

from bench.turns.recordings import Recording
from hub.config import Config
from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.talk import Transcript
from hub.pipeline.endpoint import WINDOW_SAMPLES, Endpointer, EndpointSettings, Mark
from hub.providers.sphinx import Sphinx
from hub.providers.vad import SileroModel

CHUNK_MS = 20
_CHUNK_BYTES = SPEECH_RATE_HZ * CHUNK_MS // 1000 * SAMPLE_BYTES
_WINDOW_BYTES = WINDOW_SAMPLES * SAMPLE_BYTES
FOR_EVER_MS = 60_000


@dataclass(frozen=True)
class Guess:
    """A transcript, and how long it took."""

    words: Transcript
    took_ms: float


@dataclass
class Heard:
    """`guesses` by the milliseconds of sound that had come at the pause."""

    recording: Recording
    probabilities: list[float]
    guesses: dict[float, Guess] = field(default_factory=dict)


class Replay:
    """A detector that judges as it did before."""

    def __init__(self, probabilities: list[float]) -> None:
        self._left = iter(probabilities)

    def probabilities(self, sound: bytes) -> list[float]:
        return [next(self._left) for _ in range(0, len(sound), _WINDOW_BYTES)]

    def reset(self) -> None:
        """It has no other recording."""


def chunks(pcm: bytes) -> Iterator[PcmChunk]:
    """As a satellite sends them."""
    for start in range(0, len(pcm), _CHUNK_BYTES):
        yield PcmChunk(pcm[start : start + _CHUNK_BYTES])


class Ears:
    """One process's detector and recogniser."""

    def __init__(self) -> None:
        self._model = SileroModel.load()
        self._sphinx = Sphinx.create(Config())

    async def __aenter__(self) -> Self:
        await self._sphinx.warm_up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._sphinx.aclose()

    async def hear(self, recording: Recording) -> Heard:
        """Guesses at each short silence, as the hub does."""
        vad = self._model.new_stream()
        whole = len(recording.pcm) // _WINDOW_BYTES * _WINDOW_BYTES
        heard = Heard(recording, vad.probabilities(recording.pcm[:whole]))
        endpointer = Endpointer(
            Replay(heard.probabilities), EndpointSettings(silence_ms=FOR_EVER_MS)
        )
        sound = b""
        at_ms = 0.0
        for chunk in chunks(recording.pcm):
            at_ms += chunk.duration_ms
            for item in endpointer.push(chunk):
                if isinstance(item, PcmChunk):
                    sound += item.data
                elif item is Mark.PAUSE:
                    heard.guesses[at_ms] = await self._guess(sound)
        return heard

    async def _guess(self, sound: bytes) -> Guess:
        began = time.perf_counter()
        transcript = await anext(self._sphinx.transcribe(_once(sound), language="en"))
        return Guess(transcript, 1000 * (time.perf_counter() - began))


async def _once(sound: bytes) -> AsyncIterator[PcmChunk]:
    yield PcmChunk(sound)
    await asyncio.sleep(0)
