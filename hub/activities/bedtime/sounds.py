"""Makes the sounds of `SoundName`: noise by its spectrum, melodies by adding sines. No recording of anybody's.

Of each there is one round, made once, that is played again and again; its end joins its beginning.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub.domain.audio import SPEECH_RATE_HZ, PcmChunk
from hub.domain.lulling import Sound, SoundName

CHUNK_SAMPLES: Final = SPEECH_RATE_HZ // 10
ROUND_SAMPLES: Final = 1 << 18
"""16.4 s of noise: the ear finds no repetition in so long a one."""
LEVEL: Final = 0.05
"""The root mean square of each sound at full scale 1: -26 dB, some 6 dB below our voices."""
FADE_IN_S: Final = 1.0
MAX_FADE_S: Final = 120.0
FADES_OVER: Final = 0.5
"""The share of a sound that it takes to fade, up to MAX_FADE_S."""
HARMONICS: Final = (1.0, 0.35, 0.12, 0.05)
"""The amplitude of a note's partials: a soft bell."""
RINGS_S: Final = 2.5
"""A note is heard for so long; after a third of it, it is down to a twentieth."""
STEPS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
"""Semitones above C."""
SHIFTS: Final = {"": 0, "#": 1, "b": -1}
NOTE: Final = re.compile(r"(?:([A-G])([#b]?)(\d)|-)(?::([\d.]+))?")

Samples = NDArray[np.float64]
"""One channel at SPEECH_RATE_HZ, full scale 1."""


def chunks_of(sound: Sound) -> Iterator[PcmChunk]:
    """`sound` in chunks of 100 ms. The first of each name takes up to 0.3 s, as its round is made then."""
    total = round(sound.seconds * SPEECH_RATE_HZ)
    if sound.name is SoundName.PAUSE:
        for start in range(0, total, CHUNK_SAMPLES):
            yield PcmChunk(bytes(2 * min(CHUNK_SAMPLES, total - start)))
        return
    whole = round_of(sound.name)
    for start in range(0, total, CHUNK_SAMPLES):
        at = np.arange(start, min(start + CHUNK_SAMPLES, total))
        loud = whole[at % len(whole)] * _loudness(sound, at / SPEECH_RATE_HZ)
        yield PcmChunk(np.round(32767 * loud).astype("<i2").tobytes())


def softer(chunk: PcmChunk, gain: float) -> PcmChunk:
    """With each sample times `gain`, 0 to 1."""
    samples = np.frombuffer(chunk.data, "<i2") * gain
    return PcmChunk(samples.astype("<i2").tobytes(), chunk.rate_hz)


@cache
def round_of(name: SoundName) -> NDArray[np.float32]:
    """Of any but a pause, at LEVEL. The same each time."""
    chance = np.random.default_rng(1)
    match name:
        case SoundName.NOISE:
            made = _shaped(chance, lambda hz: 1 / (1 + (hz / 800) ** 2))
        case SoundName.RAIN:
            made = _shaped(chance, lambda hz: (hz > 300) / (1 + (hz / 2500) ** 2)) + _drops(chance)
        case SoundName.SEA:
            made = _sea(chance)
        case _:
            made = _melody(name)
    scaled = np.clip(made * (LEVEL / np.sqrt(np.mean(made**2))), -1, 1)
    kept: NDArray[np.float32] = scaled.astype(np.float32)
    return kept


def _loudness(sound: Sound, at_s: Samples) -> Samples:
    """At each of these seconds: it comes up slowly, and fades as a cosine, which has no step at either end."""
    loud: Samples = sound.gain * np.clip(at_s / FADE_IN_S, 0, 1)
    if sound.fades:
        lasts = min(MAX_FADE_S, FADES_OVER * sound.seconds)
        left = np.clip((sound.seconds - at_s) / lasts, 0, 1)
        loud *= (1 - np.cos(np.pi * left)) / 2
    return loud


def _shaped(chance: np.random.Generator, power: Callable[[Samples], Samples]) -> Samples:
    """Noise with that power at each frequency in Hz, of root mean square 1; periodic, so that it joins itself."""
    hz = np.fft.rfftfreq(ROUND_SAMPLES, 1 / SPEECH_RATE_HZ).astype(np.float64)
    phases = np.exp(2j * np.pi * chance.random(len(hz)))
    made = np.fft.irfft(np.sqrt(power(hz)) * phases, ROUND_SAMPLES)
    scaled: Samples = made / np.sqrt(np.mean(made**2))
    return scaled


def _drops(chance: np.random.Generator) -> Samples:
    """Of rain near by: short clicks, a dozen a second, over the whole round."""
    clicks = np.zeros(ROUND_SAMPLES)
    count = 12 * ROUND_SAMPLES // SPEECH_RATE_HZ
    clicks[chance.integers(0, ROUND_SAMPLES, count)] = chance.random(count)
    ring = np.zeros(ROUND_SAMPLES)
    at_s = np.arange(400) / SPEECH_RATE_HZ
    ring[:400] = np.exp(-at_s / 0.004) * np.sin(2 * np.pi * 1800 * at_s)
    return 4 * np.fft.irfft(np.fft.rfft(clicks) * np.fft.rfft(ring), ROUND_SAMPLES)


def _sea(chance: np.random.Generator) -> Samples:
    """Two waves a round, each a low swell whose spray is brightest at its height."""
    swell = (1 - np.cos(4 * np.pi * np.arange(ROUND_SAMPLES) / ROUND_SAMPLES)) / 2
    low = _shaped(chance, lambda hz: (hz > 40) / np.maximum(hz, 40) ** 2)
    spray = _shaped(chance, lambda hz: (hz > 200) / (1 + (hz / 1500) ** 2))
    waves: Samples = low * (0.35 + 0.65 * swell) + 0.8 * spray * swell**2
    return waves


def _melody(name: SoundName) -> Samples:
    file = resources.files(__package__) / "tunes.toml"
    tune = tomllib.loads(file.read_text("utf-8"))[name.value]
    notes = [NOTE.fullmatch(written) for written in tune["notes"].split()]
    beat = 60 * SPEECH_RATE_HZ / tune["beats_a_minute"]
    starts = np.cumsum([0, *(float(note[4] or 1) * beat for note in notes if note)]).astype(int)
    made = np.zeros(starts[-1])
    for note, start in zip(notes, starts, strict=False):
        if note and note[1]:
            sounds = _note(_hz(note[1], note[2], int(note[3])))
            made[(start + np.arange(len(sounds))) % len(made)] += sounds
    return made


def _hz(step: str, shift: str, octave: int) -> float:
    """Of equal temperament, with A4 at 440 Hz."""
    above_a4 = STEPS[step] + SHIFTS[shift] - STEPS["A"] + 12 * (octave - 4)
    return float(440 * 2 ** (above_a4 / 12))


def _note(hz: float) -> Samples:
    at_s = np.arange(round(RINGS_S * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    waves = [
        strength * np.sin(2 * np.pi * number * hz * at_s) * np.exp(-0.6 * number * at_s)
        for number, strength in enumerate(HARMONICS, start=1)
    ]
    swells = np.clip(at_s / 0.03, 0, 1) * np.exp(-9 * at_s / RINGS_S)
    end = np.clip((RINGS_S - at_s) / 0.1, 0, 1)
    rung: Samples = np.sum(waves, axis=0) * swells * end
    return rung
