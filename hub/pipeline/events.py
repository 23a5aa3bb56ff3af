"""What happens in a turn, in order: the one language that sessions, pages, commands and tests share."""

from dataclasses import dataclass

from hub.domain.audio import PcmChunk
from hub.domain.lulling import USUAL, Manner, Sound
from hub.domain.safety import Direction, SafeText, Verdict
from hub.domain.talks.talk import Transcript, Turn


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """A voice was found in the sound."""


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The child has finished; the microphone may close."""


@dataclass(frozen=True, slots=True)
class Interim:
    """What the child seems to have said so far: not checked, not final. For a parent's eyes alone."""

    text: str


@dataclass(frozen=True, slots=True)
class Heard:
    """The child's words, on disk by now, and what the guard said of them."""

    transcript: Transcript
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Refused:
    """The guard stopped the child's words or a clause of the model; a redirect follows."""

    verdict: Verdict
    direction: Direction


@dataclass(frozen=True, slots=True)
class Said:
    """A clause that is about to sound."""

    text: SafeText
    manner: Manner = USUAL


@dataclass(frozen=True, slots=True)
class Sounds:
    """A sound without words that is about to be heard."""

    sound: Sound


@dataclass(frozen=True, slots=True)
class Audio:
    """A piece of the answer, at 16 kHz."""

    chunk: PcmChunk


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of the turn, always the last event. None: nothing was heard, nothing is stored."""

    turn: Turn | None


TurnEvent = (
    SpeechStarted | Interim | SpeechEnded | Heard | Refused | Said | Sounds | Audio | Finished
)
