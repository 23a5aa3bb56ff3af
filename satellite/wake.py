"""When a turn begins: at the sound of a voice, when told to, or as soon as there is a hub."""

from collections import deque
from enum import StrEnum
from typing import Final, Protocol

from satellite.errors import SetupError
from satellite.pcm import CHUNK_BYTES, CHUNK_MS, SILENCE, bytes_for

PRE_ROLL_MS: Final = 1000
"""Sound from before a voice was noticed. On our recordings noticing takes 200 to 600 ms."""
VOICE: Final = 0.5
"""Least probability that 10 ms of sound are speech …"""
VOICE_FRAMES: Final = 3
"""… so many times in a row."""
VAD_FRAME_BYTES: Final = bytes_for(10, 16_000)


class Wake(StrEnum):
    MANUAL = "manual"
    VOICE = "voice"
    STREAM = "stream"


class Detector(Protocol):
    def hears_voice(self, chunk: bytes) -> bool:
        """Whether someone speaks, up to and with this chunk."""
        ...


class VoiceDetector:
    """pymicro-vad: 76 µs for 10 ms of sound on a PC, so it fits the smallest Pi."""

    def __init__(self) -> None:
        """Raises SetupError when pymicro-vad isn't installed."""
        try:
            from pymicro_vad import MicroVad
        except ImportError as error:
            raise SetupError(
                "--wake voice needs pymicro-vad: pip install 'pommai[satellite]'"
            ) from error
        self._vad = MicroVad()
        self._run = 0
        for _ in range(1000 // CHUNK_MS):  # it is deaf for its first 750 ms
            self.hears_voice(SILENCE)

    def hears_voice(self, chunk: bytes) -> bool:
        for at in range(0, CHUNK_BYTES, VAD_FRAME_BYTES):
            probability = self._vad.process_10ms(chunk[at : at + VAD_FRAME_BYTES])
            self._run = self._run + 1 if probability > VOICE else 0
        return self._run >= VOICE_FRAMES


class OverTalk(Protocol):
    """Hears a child over the toy's own voice; only for a toy that cancels its echo."""

    def interrupts(self, chunk: bytes) -> str:
        """By what the toy is interrupted now, "voice" or "word"; empty when it isn't."""
        ...


class Waker:
    """Hears every chunk while the toy is idle and says when to begin, and with what sound."""

    def __init__(self, wake: Wake, detector: Detector | None = None) -> None:
        if (wake is Wake.VOICE) != (detector is not None):
            raise ValueError("a detector is for Wake.VOICE and only for it")
        self._own = (wake, detector)
        self._always = wake is Wake.STREAM
        self._detector = detector
        self._triggered = False
        self._before: deque[bytes] = deque(maxlen=PRE_ROLL_MS // CHUNK_MS)
        self.over_talk: OverTalk | None = None
        """None: while the toy speaks, nothing but its button interrupts it."""

    def choose(self, wake: str) -> None:
        """What a parent wants: "button", "voice", or "" for what the toy was started with.

        Raises SetupError when it can't be done here; nothing has changed then.
        """
        if wake == "word":
            raise SetupError("this toy knows no wake words")
        own, detector = self._own
        if wake == "voice" and detector is None:
            detector = VoiceDetector()
        self._always = wake == "" and own is Wake.STREAM
        self._detector = None if wake == "button" else detector
        self.ignore()

    def trigger(self) -> None:
        """The next chunk begins a turn, whatever is in it."""
        self._triggered = True

    def hear(self, chunk: bytes) -> list[bytes]:
        """The sound that a turn begins with, if it begins now; else nothing."""
        if self._triggered or self._always:
            self.ignore()
            return [chunk]
        if self._detector is None:
            return []
        self._before.append(chunk)
        if not self._detector.hears_voice(chunk):
            return []
        begin = list(self._before)
        self._before.clear()
        return begin

    def hear_over(self, chunk: bytes) -> str:
        """While the toy speaks: by what it is interrupted now; empty when it isn't."""
        if self.over_talk is None:
            self.ignore()
            return ""
        self._before.append(chunk)
        return self.over_talk.interrupts(chunk)

    def pre_roll(self) -> list[bytes]:
        """The sound up to an interruption, with which the next turn begins."""
        begin = list(self._before)
        self._before.clear()
        return begin

    def ignore(self) -> None:
        """For each chunk that isn't for waking: what was heard before counts no more."""
        self._triggered = False
        self._before.clear()
        if self._detector is not None:
            self._detector.hears_voice(SILENCE)
