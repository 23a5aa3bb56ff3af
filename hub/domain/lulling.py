"""What lulls a child: sounds that code makes, of a closed list, and words that are said slower and softer.

A sound holds no words, so the guard has nothing to judge in it; there is no way from a text to one.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_SOUND_S: Final = 1800
"""The longest that one sound goes on."""
MIN_BEDTIME_MINUTES: Final = 3
MAX_BEDTIME_MINUTES: Final = 30


class SoundName(StrEnum):
    """All that a toy may play."""

    PAUSE = "pause"
    """Silence, between two sentences."""
    NOISE = "noise"
    RAIN = "rain"
    SEA = "sea"
    TWINKLE = "twinkle"
    CRADLE = "cradle"
    FRERE_JACQUES = "frere_jacques"
    MOONLIGHT = "moonlight"


@dataclass(frozen=True, slots=True)
class Sound:
    name: SoundName
    seconds: float
    """0 to MAX_SOUND_S."""
    gain: float = 1.0
    """0 to 1, of what it is made with."""
    fades: bool = False
    """To silence, over its last part; else it ends as it goes on."""

    def __post_init__(self) -> None:
        if not (0 <= self.seconds <= MAX_SOUND_S and 0 <= self.gain <= 1):
            raise ValueError(f"{self}: at most {MAX_SOUND_S} s, at a gain of 0 to 1")


@dataclass(frozen=True, slots=True)
class Bedtime:
    """How a toy puts a child to bed."""

    minutes: int = 12
    """It is over after so many: MIN_BEDTIME_MINUTES to MAX_BEDTIME_MINUTES."""
    sound: SoundName | None = SoundName.RAIN
    """What is heard after the story; None: nothing."""

    def __post_init__(self) -> None:
        if not MIN_BEDTIME_MINUTES <= self.minutes <= MAX_BEDTIME_MINUTES:
            raise ValueError(f"{self.minutes} minutes of bedtime")


@dataclass(frozen=True, slots=True)
class Manner:
    """How words are said."""

    speed: float = 1.0
    """Times the voice's own, where it can be set."""
    gain: float = 1.0
    """0 to 1, of its loudness; what is below 1 lulls."""


USUAL: Final = Manner()


@dataclass(frozen=True, slots=True)
class Softly:
    """A clause that an activity has said in a manner of its own; checked like any other."""

    text: str
    manner: Manner


Played = str | Softly | Sound
"""What an activity gives, in order."""
