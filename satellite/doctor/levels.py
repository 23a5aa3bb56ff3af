"""How loud sound is, and whether a tone is in it; plain Python, as a toy has no numpy."""

import math
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from satellite.pcm import CHUNK_MS, RATE_HZ

FULL: Final = 32_768
SILENCE_DB: Final = -96.0
"""What a level in dBFS is at least."""
TONES_HZ: Final = (660.0, 990.0, 1320.0)
TONE_MS: Final = 200
_WINDOW: Final = RATE_HZ // 10


def samples_of(pcm: bytes) -> "array[int]":
    samples = array("h", pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def level_db(samples: Sequence[int]) -> float:
    """The effective level in dBFS."""
    power = sum(sample * sample for sample in samples) / max(len(samples), 1)
    return max(10 * math.log10(power) - 20 * math.log10(FULL), SILENCE_DB) if power else SILENCE_DB


@dataclass(frozen=True)
class Levels:
    """Of a recording, in dBFS."""

    floor_db: float
    """Its quietest tenth: the room and the microphone's own noise."""
    loudest_db: float
    clipped: float
    """Share of samples at the end of the scale, 0 to 1."""
    dead: bool
    """Every sample is the same."""

    @classmethod
    def of(cls, pcm: bytes) -> "Levels":
        samples = samples_of(pcm)
        size = RATE_HZ * CHUNK_MS // 1000
        levels = sorted(level_db(samples[at : at + size]) for at in range(0, len(samples), size))
        clipped = sum(1 for sample in samples if abs(sample) >= FULL - 2)
        return cls(
            floor_db=levels[len(levels) // 10],
            loudest_db=levels[-1],
            clipped=clipped / len(samples),
            dead=min(samples) == max(samples),
        )


def chirp() -> bytes:
    """Three rising tones, half as loud as can be, softened at their ends."""
    length = RATE_HZ * TONE_MS // 1000
    samples = array("h")
    for tone_hz in TONES_HZ:
        for at in range(length):
            soft = min(1.0, at / 160, (length - at) / 160)
            turn = 2 * math.pi * tone_hz * at / RATE_HZ
            samples.append(round(0.25 * FULL * soft * math.sin(turn)))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def hears_chirp(pcm: bytes) -> bool:
    """Whether the chirp's tones are in the recording, one after the other."""
    samples = samples_of(pcm)
    windows = [samples[at : at + _WINDOW] for at in range(0, len(samples) - _WINDOW + 1, _WINDOW)]
    strongest = 0
    for tone_hz in TONES_HZ:
        shares = [_share(window, tone_hz) for window in windows[strongest:]]
        if not shares or max(shares) < 0.3:
            return False
        strongest += shares.index(max(shares))
    return True


def _share(window: Sequence[int], tone_hz: float) -> float:
    """How much of the window's energy is one tone, 0 to 1, by Goertzel's algorithm."""
    factor = 2 * math.cos(2 * math.pi * tone_hz / RATE_HZ)
    before, last, energy = 0.0, 0.0, 0
    for sample in window:
        before, last = last, sample + factor * last - before
        energy += sample * sample
    power = before * before + last * last - factor * before * last
    return 2 * power / (len(window) * energy) if energy else 0.0
