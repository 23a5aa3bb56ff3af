"""Rooms that are computed: what a toy's microphone hears of its own speaker and of who talks to it.

A room is a box whose walls reflect (Allen and Berkley's image sources, 1979). The speaker is a small one: no bass, and
loud sound is bent. It plays late, and by a clock that isn't the microphone's.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import soxr
from numpy.typing import NDArray

from satellite.audio.pcm import RATE_HZ

Sound = NDArray[np.float64]

LOUD = 3000.0
"""How loud the toy is in its own ears, as the amplitude of a 16-bit sample …"""
NOISE = (3.0, 30.0)
"""… and its room, which is between these."""
SPEED_M_S = 343.0
FINE = 4
"""Reflections arrive on a grid so many times finer than samples."""
ACTIVE = 0.01
"""Frames with less of the loudest frame's power are pauses."""


@dataclass(frozen=True)
class Room:
    size_m: tuple[float, float, float]
    rings_s: float
    """For how long a sound takes to fall by 60 dB."""
    toy_m: tuple[float, float, float]
    child_m: tuple[float, float, float]
    apart_m: float
    """From the toy's speaker to its microphone."""
    late_ms: float
    """From a sound's writing to its leaving the speaker."""
    drift_ppm: float
    """By how much the speaker's clock is quicker than the microphone's: not at all on one sound card."""
    bent: float
    """How much the speaker distorts: its loudest sample, on the curve of tanh."""
    noise: float

    @classmethod
    def drawn(cls, dice: np.random.Generator) -> Self:
        size = (dice.uniform(3, 5), dice.uniform(3, 5), dice.uniform(2.3, 2.7))
        toy = (size[0] * dice.uniform(0.3, 0.7), size[1] * dice.uniform(0.3, 0.7), 0.7)
        angle, away_m = dice.uniform(0, 2 * np.pi), dice.uniform(0.3, 0.9)
        child = (toy[0] + away_m * np.cos(angle), toy[1] + away_m * np.sin(angle), 1.1)
        return cls(
            size_m=size,
            rings_s=dice.uniform(0.2, 0.5),
            toy_m=toy,
            child_m=child,
            apart_m=dice.uniform(0.05, 0.12),
            late_ms=dice.uniform(20, 350),
            drift_ppm=dice.choice([0.0, dice.uniform(-60, 60)]),
            bent=dice.uniform(0.2, 0.8),
            noise=dice.uniform(*NOISE),
        )

    def echo_of(self, told: Sound) -> Sound:
        """What comes back to the toy of what is written to its speaker, as loud as LOUD."""
        high = _without_bass(told)
        peak = float(np.abs(high).max()) or 1.0
        bent = np.tanh(high / peak * self.bent)
        drifted = soxr.resample(bent, RATE_HZ * (1 + self.drift_ppm / 1e6), RATE_HZ, "VHQ")
        late = np.zeros(round(self.late_ms * RATE_HZ / 1000))
        return as_loud(np.concatenate([late, _through(drifted, self._from_speaker)]), LOUD)

    def voice_of(self, said: Sound, loud: float = LOUD) -> Sound:
        """What the toy hears of somebody beside it."""
        return as_loud(_through(said, self._from_child), loud)

    @cached_property
    def _from_speaker(self) -> Sound:
        x, y, z = self.toy_m
        return self._response((x + self.apart_m, y, z))

    @cached_property
    def _from_child(self) -> Sound:
        return self._response(self.child_m)

    def _response(self, source_m: tuple[float, float, float]) -> Sound:
        size = np.array(self.size_m)
        walls = 2 * (size[0] * size[1] + size[0] * size[2] + size[1] * size[2])
        absorbed = 1 - np.exp(-0.161 * size.prod() / (walls * self.rings_s))  # Eyring
        reflected = np.sqrt(1 - absorbed)
        furthest_m = SPEED_M_S * self.rings_s
        axes = []  # on each: where the images are, and how many walls the sound met
        for length, source in zip(self.size_m, source_m, strict=True):
            times = np.arange(-int(furthest_m / length / 2) - 1, int(furthest_m / length / 2) + 2)
            near, far = source + 2 * times * length, -source + 2 * times * length
            walls_met = np.concatenate([2 * np.abs(times), np.abs(2 * times - 1)])
            axes.append((np.concatenate([near, far]), walls_met))
        offsets = [place - ear for (place, _), ear in zip(axes, self.toy_m, strict=True)]
        away_m = np.sqrt(sum(part**2 for part in np.meshgrid(*offsets, indexing="ij", sparse=True)))
        met = np.add.reduce(np.meshgrid(*(count for _, count in axes), indexing="ij"))
        heard = away_m < furthest_m
        arrives = (away_m[heard] / SPEED_M_S * RATE_HZ * FINE).astype(int)
        fine = np.bincount(arrives, reflected ** met[heard] / away_m[heard])
        return _without_bass(soxr.resample(fine, RATE_HZ * FINE, RATE_HZ, "HQ"))


def as_loud(sound: Sound, amplitude: float) -> Sound:
    """With that amplitude, where it isn't a pause."""
    frame = RATE_HZ // 50
    power = (sound[: len(sound) // frame * frame].reshape(-1, frame) ** 2).mean(axis=1)
    loud: float = np.sqrt(power[power > power.max() * ACTIVE].mean())
    return sound * (amplitude / loud)


def _through(sound: Sound, response: Sound) -> Sound:
    count = len(sound) + len(response) - 1
    size = 1 << (count - 1).bit_length()
    both = np.fft.rfft(sound, size) * np.fft.rfft(response, size)
    return np.fft.irfft(both, size)[:count]


def _without_bass(sound: Sound, from_hz: float = 200.0) -> Sound:
    """What a small speaker, and a microphone, leave of it: 12 dB less an octave below."""
    spectrum = np.fft.rfft(sound)
    ratio = np.fft.rfftfreq(len(sound), 1 / RATE_HZ) / from_hz
    return np.fft.irfft(spectrum * ratio**2 / (1 + ratio**2), len(sound))
