"""Deciding where a child's utterance begins and ends in a stream of sound.

`Endpointer.push` takes sound as it comes and gives back speech: a little before the first
voiced window, everything until the silence that ends the turn. `Waiting` says how long that silence is: a
whole question is answered soon, "and then" is given time. Where the words leave it open, it counts how
long the child has spoken already and whether it is one who stops to think. The figures were chosen on
the half of `bench/turns` that the benchmark doesn't report.
"""

import math
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from hub.config import TurnSection
from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock
from hub.domain.talks.talk import Transcript
from hub.domain.toys import Patience
from hub.pipeline.listen.finished import Ending, ending
from hub.providers.listening.vad import Vad

WINDOW_SAMPLES = 512
WINDOW_MS = 1000 * WINDOW_SAMPLES / SPEECH_RATE_HZ
_WINDOW_BYTES = WINDOW_SAMPLES * SAMPLE_BYTES
_SAMPLES_A_MS = SPEECH_RATE_HZ // 1000

THINKING_MS = 200.0
"""Between two words of fluent speech there is less silence."""

IDLE_WINDOWS = 3
"""Judged at once while nobody speaks, which costs a third less: a voice is noticed 64 ms later."""

MAX_STALL_S = 5.0
"""A microphone that sends nothing for so long has stopped."""


class SpeechMark(Enum):
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

    def push(self, chunk: PcmChunk) -> Iterator[SpeechMark | PcmChunk]:
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
                yield SpeechMark.END
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

    def _window(self, window: bytes, probability: float) -> Iterator[SpeechMark | PcmChunk]:
        settings = self._settings
        if not self.speaking:
            self._pre_roll.append(window)
            voiced = probability >= settings.enter
            self._onset_ms = self._onset_ms + WINDOW_MS if voiced else 0.0
            if self._onset_ms >= settings.onset_ms:
                self.speaking = True
                self.voiced_ms = self._onset_ms
                yield SpeechMark.START
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
            yield SpeechMark.RESUME
        yield PcmChunk(window)
        if not voiced and not self._pausing and self.silence_ms >= settings.pause_ms:
            self._pausing = True
            yield SpeechMark.PAUSE
        if self._utterance_ms >= settings.max_ms or self.silence_ms >= self.wait_ms:
            self._ended = True
            yield SpeechMark.END


async def speech_in(
    audio: AsyncIterable[PcmChunk], endpointer: Endpointer, clock: Clock, no_speech_s: float
) -> AsyncGenerator[SpeechMark | PcmChunk]:
    """The endpointer's view of `audio`, until the utterance's end, a stall, or `no_speech_s` without any."""
    chunks = aiter(audio)
    waited_ms = 0.0
    while endpointer.speaking or waited_ms < 1000 * no_speech_s:
        try:
            async with clock.timeout(MAX_STALL_S):
                chunk = await anext(chunks)
        except (StopAsyncIteration, TimeoutError):
            return
        waited_ms += chunk.duration_ms
        for item in endpointer.push(chunk):
            if item is SpeechMark.END:
                return
            yield item


STRETCH = {Patience.QUICK: 0.7, Patience.NORMAL: 1.0, Patience.PATIENT: 1.5}
LEAST_CONFIDENCE = 0.25
"""A recogniser that is less sure of its words can't say that one with much voice in it is cut."""
LONG_MS = 1200.0
"""Voice in which most sentences have room."""
HALF = 0.5
"""From here on a turn model takes the speaker for finished."""
MANY_PAUSES = 2
"""A child who went on after so many tells something longer."""
LIKELY_SHARE, UNHEARD_SHARE, STORY_SHARE = 0.08, 0.2, 0.5
"""Of the way from `finished_ms` to `silence_ms`: after a likely end, after an answer of which no words are
known, and in something longer."""


class Waiting:
    """How much silence to wait for in a toy's language, with the patience that its parent set."""

    def __init__(self, settings: TurnSection, patience: Patience, language: str) -> None:
        stretch = STRETCH[patience]
        self.longest_ms = stretch * settings.unfinished_ms
        """Where nothing is known of the words yet."""
        self._finished_ms = stretch * settings.finished_ms
        self._silence_ms = stretch * settings.silence_ms
        self._language = language

    def after(
        self,
        words: Transcript,
        heard: Endpointer,
        finished: float | None = None,
        *,
        asked: bool = False,
    ) -> float:
        """Milliseconds of silence after `words`, as `heard` found them.

        `finished` is a turn model's opinion, 0 to 1: it decides where the words leave it open. `asked`: the toy
        has just asked something, so that a word may be all.
        """
        end = ending(words.text, self._language, asked=asked)
        long = heard.voiced_ms >= LONG_MS
        unclear = words.confidence is not None and words.confidence < LEAST_CONFIDENCE
        if finished is not None and (end is Ending.UNSURE or unclear):
            end, unclear = Ending.FINISHED if finished >= HALF else Ending.UNFINISHED, False
        misheard = unclear and long and not heard.pauses
        if end is Ending.UNFINISHED and not misheard:
            return self.longest_ms
        if end is Ending.UNSURE and not long:
            unheard = asked and not words.text
            return self._between(UNHEARD_SHARE) if unheard else self._silence_ms
        if heard.pauses >= MANY_PAUSES:
            return self._between(STORY_SHARE)
        return self._between(0.0 if end is Ending.FINISHED else LIKELY_SHARE)

    def _between(self, share: float) -> float:
        return self._finished_ms + share * (self._silence_ms - self._finished_ms)
