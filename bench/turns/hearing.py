"""What the hub's ears make of a recording: the detector's judgements, and the recogniser's words at each pause."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from pocketsphinx import Decoder

from bench.turns.recordings import Recording
from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.talks.talk import Transcript
from hub.pipeline.listen.endpoint import WINDOW_SAMPLES, Endpointer, EndpointSettings, SpeechMark
from hub.providers.listening.vad import SileroModel
from hub.providers.stt.sphinx import OPTIONS, transcript

CHUNK_MS = 20
_CHUNK_BYTES = SPEECH_RATE_HZ * CHUNK_MS // 1000 * SAMPLE_BYTES
_WINDOW_BYTES = WINDOW_SAMPLES * SAMPLE_BYTES
FOR_EVER_MS = 60_000
HANDOVER_MS = 10.0
"""To the recogniser's own process and back."""


@dataclass(frozen=True)
class Guess:
    """A transcript, and how long it takes."""

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
    """The hub's detector and embedded recogniser, in this process."""

    def __init__(self) -> None:
        self._model = SileroModel.load()
        self._decoder = Decoder(**OPTIONS)

    def hear(self, recording: Recording) -> Heard:
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
                elif item is SpeechMark.PAUSE:
                    heard.guesses[at_ms] = self._guess(sound)
        return heard

    def _guess(self, sound: bytes) -> Guess:
        """Processor time is what the hub waits, too, where the machine does nothing else."""
        began = time.process_time()
        self._decoder.reinit_feat()
        self._decoder.start_utt()
        self._decoder.process_raw(sound, full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        words = transcript(*((found.hypstr, found.prob) if found else ("", 0.0)))
        return Guess(words, HANDOVER_MS + 1000 * (time.process_time() - began))
