"""What was measured of a turn: when each piece of its work was done, and how the microphone sounded."""

from dataclasses import dataclass
from enum import StrEnum


class Work(StrEnum):
    """What a span measures, and what its `first_ms` is."""

    STT = "stt"
    """Recognising, from the first voiced sound on, so that it mostly begins before 0."""
    CHECK = "check"
    """The guard: of the child's words, or of a clause."""
    JUDGE = "judge"
    """One server that the guard asks, within a CHECK; failed: it was late or gave no verdict."""
    RECALL = "recall"
    """Looking up what the toy knows, beside a CHECK; through a service outside the home, after it."""
    LLM = "llm"
    """The model's reply; first: its first words."""
    ACTIVITY = "activity"
    """What answered in a model's place, until all it had to say was checked."""
    TTS = "tts"
    """A clause made into sound; first: its first sound."""
    SEND = "send"
    """A clause on its way to whoever listens, at the pace of playing; first: its first sound."""


@dataclass(slots=True)
class Span:
    """One piece of work, in milliseconds after the end of speech, as `Turn.timings_ms`."""

    work: Work
    start_ms: float
    provider: str = ""
    """Who did it; "" where it was the hub."""
    clause: int = 0
    """Spans of one clause share a number, from 1; 0 is none."""
    first_ms: float | None = None
    """When its first result was there; see `Work`."""
    end_ms: float | None = None
    """None: it was under way when the turn was cut."""
    failed: bool = False
    discarded: bool = False
    """It was for a guess at the child's words that turned out wrong."""


QUIET_DBFS = -42.0
NOISY_DBFS = -30.0
CLEAR_DB = 10.0
"""Speech this much above the noise can be told from it."""
CLIPPED_RATIO = 0.002
MISSING_MS = 300.0
GAPS = 3
SILENT_DBFS = -90.0
"""16 bits reach down to about -96: only a microphone that is off is so still."""


@dataclass(frozen=True, slots=True)
class SoundCheck:
    """How one turn's microphone sounded; the sound itself is never kept.

    Levels are in dBFS: RMS of 20 ms, 0 is a full-scale square wave. `level_dbfs` is that of the loudest
    half second, `noise_dbfs` one that a tenth of the sound stays below.
    """

    duration_ms: float
    level_dbfs: float
    noise_dbfs: float
    clipped_ratio: float
    """Share of samples at the very end of the scale, 0 to 1."""
    gaps: int = 0
    """How often sound came more than 100 ms late."""
    missing_ms: float = 0.0
    """What never came: time that passed without sound for it."""

    @property
    def hint(self) -> str:
        """One line for a parent on what to do, "" where all is well."""
        if self.level_dbfs <= SILENT_DBFS:
            return "the microphone sends silence: is it muted, or unplugged?"
        if self.gaps >= GAPS or self.missing_ms >= MISSING_MS:
            return "sound arrives with gaps: the toy's Wi-Fi is weak, or the hub's computer has too much to do"
        if self.clipped_ratio >= CLIPPED_RATIO:
            return "the microphone is too loud and distorts: lower its gain"
        if self.level_dbfs < QUIET_DBFS:
            return "the microphone is very quiet: move it or raise its gain"
        if self.noise_dbfs > NOISY_DBFS or self.level_dbfs - self.noise_dbfs < CLEAR_DB:
            return "there is much noise around the toy: words are easily misheard"
        return ""
