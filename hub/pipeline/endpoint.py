"""Deciding where a child's utterance begins and ends in a stream of sound.

`Endpointer.push` takes sound as it comes and gives back speech: a little before the first
voiced window, everything until the silence that ends the turn.
"""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.providers.vad import Vad

WINDOW_SAMPLES = 512
WINDOW_MS = 1000 * WINDOW_SAMPLES / SPEECH_RATE_HZ
_WINDOW_BYTES = WINDOW_SAMPLES * SAMPLE_BYTES
_SAMPLES_A_MS = SPEECH_RATE_HZ // 1000


THINKING_MS = 200.0
"""Between two words of fluent speech there is less silence."""


IDLE_WINDOWS = 3
"""Judged at once while nobody speaks, which costs a third less: a voice is noticed 64 ms later."""


class Mark(Enum):
    START = auto()
    """A voice began."""
    PAUSE = auto()
    """A first short silence: perhaps the end."""
    RESUME = auto()
    """It was not: the voice is back."""
    END = auto()
    """The utterance is over."""


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """`enter` and `leave` are speech probabilities; two of them, so that the edge doesn't flicker."""

    silence_ms: float = 2000
    pause_ms: float = WINDOW_MS
    pre_roll_ms: float = 320
    onset_ms: float = 96
    enter: float = 0.5
    leave: float = 0.35
    max_ms: float = 30_000


class Endpointer:
    """One utterance. Not thread-safe; a window costs about 55 µs.

    The detector judges whole windows. The silence that ends the utterance is counted in sound, to the
    sample: it doesn't wait for the window to be full in which it is reached.
    """

    def __init__(self, vad: Vad, settings: EndpointSettings) -> None:
        self._vad = vad
        self._settings = settings
        self._rest = b""
        """Less than a window, not yet judged."""
        self._pre_roll: deque[bytes] = deque(
            maxlen=int((settings.pre_roll_ms + settings.onset_ms) / WINDOW_MS)
        )
        self._onset_ms = 0.0
        self._utterance_ms = 0.0
        self.voiced_ms = 0.0
        """Voice so far, without its pauses."""
        self.pauses = 0
        """Those after which the voice came back, but for the short ones of every sentence."""
        self._silent_samples = 0
        """Silence in whole windows."""
        self.speaking = False
        self.wait_ms = settings.silence_ms
        """Silence that ends the utterance; may be changed at any time."""
        self._pausing = False
        self._ended = False

    @property
    def silence_ms(self) -> float:
        """Silence since the last voiced window of the utterance."""
        return (self._silent_samples + len(self._rest) // SAMPLE_BYTES) / _SAMPLES_A_MS

    def push(self, chunk: PcmChunk) -> Iterator[Mark | PcmChunk]:
        """Marks and speech, in order. After END nothing more comes."""
        data = self._rest + chunk.data
        start = 0
        while not self._ended:
            rest_bytes = len(data) - start
            last_bytes = self._last_bytes()
            if last_bytes < _WINDOW_BYTES and rest_bytes >= last_bytes:
                self._rest = data[start : start + last_bytes]
                self._ended = True
                if self._rest:
                    yield PcmChunk(self._rest)
                yield Mark.END
            elif rest_bytes >= (judged_bytes := self._windows_at_once() * _WINDOW_BYTES):
                self._rest = b""
                probabilities = self._vad.probabilities(data[start : start + judged_bytes])
                for probability in probabilities:
                    yield from self._window(data[start : start + _WINDOW_BYTES], probability)
                    start += _WINDOW_BYTES
            else:
                self._rest = data[start:]
                return

    def _windows_at_once(self) -> int:
        return 1 if self.speaking or self._onset_ms else IDLE_WINDOWS

    def _last_bytes(self) -> int:
        """Sound that is still to come, and will be taken for silent, until the wait is over.

        Where the wait was cut short meanwhile, that is what came in already.
        """
        if not self._silent_samples:
            return _WINDOW_BYTES
        left = math.ceil(self.wait_ms * _SAMPLES_A_MS) - self._silent_samples
        return max(SAMPLE_BYTES * left, len(self._rest))

    def _window(self, window: bytes, probability: float) -> Iterator[Mark | PcmChunk]:
        settings = self._settings
        if not self.speaking:
            self._pre_roll.append(window)
            voiced = probability >= settings.enter
            self._onset_ms = self._onset_ms + WINDOW_MS if voiced else 0.0
            if self._onset_ms >= settings.onset_ms:
                self.speaking = True
                self.voiced_ms = self._onset_ms
                yield Mark.START
                yield PcmChunk(b"".join(self._pre_roll))
            return
        self._utterance_ms += WINDOW_MS
        voiced = probability >= settings.leave
        if voiced:
            self.voiced_ms += WINDOW_MS
            self.pauses += self.silence_ms >= THINKING_MS
            self._silent_samples = 0
        else:
            self._silent_samples += WINDOW_SAMPLES
        if voiced and self._pausing:
            self._pausing = False
            yield Mark.RESUME
        yield PcmChunk(window)
        if not voiced and not self._pausing and self.silence_ms >= settings.pause_ms:
            self._pausing = True
            yield Mark.PAUSE
        if self._utterance_ms >= settings.max_ms or self.silence_ms >= self.wait_ms:
            self._ended = True
            yield Mark.END
