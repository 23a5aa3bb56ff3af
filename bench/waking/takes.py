"""What is said in the rooms: wake words, what the toy tells meanwhile, and what others say that is no wake word.

Voices, and with them rooms, are halved: one half is for choosing by, the other is held back and reported.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from bench.turns.recordings import Voice, pink, spoken
from bench.waking.rooms import Room, Sound
from satellite.audio.pcm import RATE_HZ

SPELT = {
    "okay_nabu": "okay nah boo",
    "hey_jarvis": "hey jarvis",
    "hey_mycroft": "hey my croft",
    "alexa": "alexa",
}
"""How a voice is made to say a ready-made word."""

CHILDREN = (
    Voice("flite", "slt"),
    Voice("flite", "slt", 200, 0.95),
    Voice("flite", "kal16"),
    Voice("flite", "kal16", 300, 0.95),
    Voice("espeak", "en-us+f5"),
    Voice("espeak", "en-us+m3", 200, 0.95),
    Voice("flite", "rms", held=True),
    Voice("flite", "rms", 400, 0.95, held=True),
    Voice("flite", "awb", held=True),
    Voice("flite", "awb", 200, 0.95, held=True),
    Voice("espeak", "en-gb+f1", held=True),
    Voice("espeak", "en-us+Annie", 200, 0.95, held=True),
)
TOYS = {
    False: (Voice("espeak", "en-us+f2"), Voice("flite", "awb", 400)),
    True: (Voice("espeak", "en-gb+f4"), Voice("flite", "slt", 300)),
}
"""Those that a toy speaks with, by half."""
BEGINS_S = (3.0, 9.0)
"""After the toy's first word the other one speaks."""
TOLD_S = 14.0

_LINES = Path(__file__).parents[1] / "guard" / "lines"


@dataclass(frozen=True)
class Take:
    """Somebody says something while the toy tells a story, or while it is silent."""

    words: str
    voice: Voice
    number: int

    @property
    def name(self) -> str:
        return f"{self.words} {self.voice} {self.number}"


@dataclass(frozen=True)
class Scene:
    """What sounds in a take: what is written to the speaker, and what the microphone hears of all."""

    told: Sound
    echo: Sound
    said: Sound
    noise: Sound
    begins_s: float
    ends_s: float


def takes(words: str, *, held: bool, rooms: int) -> Iterator[Take]:
    """Each voice of that half in so many rooms, each of its own."""
    for voice in (one for one in CHILDREN if one.held is held):
        for number in range(rooms):
            yield Take(words, voice, number)


def scene(take: Take) -> Scene:
    """The same whenever it is called."""
    dice = dice_of(take.name)
    room = Room.drawn(dice)
    teller = TOYS[take.voice.held][take.number % len(TOYS[take.voice.held])]
    told = story(teller, int(dice.integers(1000)), TOLD_S)
    echo = room.echo_of(told)[: len(told)]
    begins = int(dice.uniform(*BEGINS_S) * RATE_HZ)
    words = _said(take.words, take.voice)
    said = np.zeros(len(echo))
    voice = room.voice_of(words)
    said[begins : begins + len(voice)] = voice[: len(echo) - begins]
    noise = pink(len(echo), dice).astype(np.float64) * room.noise
    return Scene(told, echo, said, noise, begins / RATE_HZ, (begins + len(words)) / RATE_HZ)


def story(voice: Voice, number: int, seconds: float) -> Sound:
    """A toy's own talk, full scale 32768."""
    lines = _lines("toy_third_tales.txt")
    first = number % len(lines)
    pieces: list[Sound] = []
    while sum(map(len, pieces)) < seconds * RATE_HZ:
        line = lines[(first + len(pieces)) % len(lines)]
        pieces += [_said(line, voice), np.zeros(RATE_HZ // 4)]
    return np.concatenate(pieces)[: int(seconds * RATE_HZ)]


def talk(voices: Sequence[Voice], minutes: float) -> Iterator[Sound]:
    """Lines of how children and toys talk, by one voice after the other, none of it a wake word."""
    lines = [line for file in sorted(_LINES.glob("*.txt")) for line in _lines(file.name)]
    random.Random(3).shuffle(lines)
    left = minutes * 60 * RATE_HZ
    for number, line in enumerate(lines):
        if left <= 0:
            return
        sound = np.concatenate([_said(line, voices[number % len(voices)]), np.zeros(RATE_HZ // 3)])
        left -= len(sound)
        yield sound


def dice_of(name: str) -> np.random.Generator:
    return np.random.default_rng(list(hashlib.sha256(name.encode()).digest()))


@cache
def _said(words: str, voice: Voice) -> Sound:
    return spoken(words, voice).astype(np.float64) * 32768


@cache
def _lines(name: str) -> list[str]:
    """Those that are said as they are written."""
    lines = (_LINES / name).read_text("utf-8").splitlines()
    return [one for one in lines if one[:1].isalpha() and one.isascii() and "{" not in one]
