"""When a way of deciding would have ended a recorded turn."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from bench.turns.hearing import Guess, Heard, Replay, chunks
from bench.turns.recordings import Recording
from hub.domain.talks.talk import Transcript
from hub.pipeline.listen.endpoint import Endpointer, EndpointSettings, SpeechMark


class Way(Protocol):
    """How long to wait. One for each turn."""

    wait_ms: float

    def heard(self, words: Transcript, ears: Endpointer) -> None: ...
    def resumed(self) -> None: ...


@dataclass
class Fixed:
    """The same silence, whatever is said."""

    wait_ms: float

    def heard(self, words: Transcript, ears: Endpointer) -> None:
        """It doesn't listen to words."""

    def resumed(self) -> None:
        """It doesn't learn."""


Recogniser = Callable[[Heard, float], Guess]
"""What is known of the words after so many milliseconds of sound."""


def real(heard: Heard, at_ms: float) -> Guess:
    return heard.guesses[at_ms]


def true_words(took_ms: float) -> Recogniser:
    """One that makes no mistakes."""

    def know(heard: Heard, at_ms: float) -> Guess:
        return Guess(Transcript(said_until(heard.recording, at_ms), 1.0), took_ms)

    return know


def said_until(recording: Recording, at_ms: float) -> str:
    said: list[str] = []
    for piece, (begin_ms, end_ms) in zip(recording.pieces, recording.spans_ms, strict=True):
        words = piece.split()
        share = min(1.0, max(0.0, (at_ms - begin_ms) / (end_ms - begin_ms)))
        said += words[: round(share * len(words))]
    return " ".join(said)


def ended_at_ms(heard: Heard, way: Way, recogniser: Recogniser) -> float | None:
    """Milliseconds of sound at which the turn was over; None where no speech was found."""
    endpointer = Endpointer(Replay(heard.probabilities), EndpointSettings(silence_ms=way.wait_ms))
    coming: tuple[float, Guess] | None = None
    at_ms = 0.0
    for chunk in chunks(heard.recording.pcm):
        at_ms += chunk.duration_ms
        if coming is not None and coming[0] <= at_ms:
            way.heard(coming[1].words, endpointer)
            endpointer.wait_ms = way.wait_ms
            coming = None
        for item in endpointer.push(chunk):
            if item is SpeechMark.PAUSE:
                guess = recogniser(heard, at_ms)
                coming = (at_ms + guess.took_ms, guess)
            elif item is SpeechMark.RESUME:
                coming = None
                way.resumed()
                endpointer.wait_ms = way.wait_ms
            elif item is SpeechMark.END:
                return at_ms
    return None


@dataclass(frozen=True)
class Score:
    """`cut_ins`: turns that ended before the last word was over. The waits are of the others; `late_wait_ms` is
    longer than 95 % of them."""

    cut_ins: int
    turns: int
    mean_wait_ms: float
    late_wait_ms: float


def score(recordings: Iterable[Heard], ended: Callable[[Heard], float | None]) -> Score:
    """Turns in which no speech was found don't count."""
    waits = []
    turns = 0
    for heard in recordings:
        at_ms = ended(heard)
        if at_ms is None:
            continue
        turns += 1
        if at_ms >= heard.recording.speech_end_ms:
            waits.append(at_ms - heard.recording.speech_end_ms)
    waits.sort()
    late = waits[math.ceil(0.95 * len(waits)) - 1] if waits else 0.0
    return Score(turns - len(waits), turns, sum(waits) / max(1, len(waits)), late)
