"""Lets the satellite's own ears hear a scene, chunk for chunk, as they would in a toy."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from bench.waking.rooms import Sound
from bench.waking.takes import Scene
from satellite.audio.echo import Echo
from satellite.audio.pcm import CHUNK_BYTES, CHUNK_MS, RATE_HZ
from satellite.audio.player import LEAD_S
from satellite.audio.speex import EchoCanceller
from satellite.clock import SystemClock
from satellite.wake.turn_start import Waker

AFTER_S = 1.0
"""A word counts as heard until so long after its end."""

MakeWaker = Callable[[Echo | None], Waker]


@dataclass(frozen=True)
class Outcome:
    """Whether it woke at the words, and how often else."""

    heard: bool
    others: int

    @property
    def times(self) -> int:
        """It woke at all."""
        return self.heard + self.others


def in_quiet(scene: Scene, make: MakeWaker) -> Outcome:
    """The toy is silent."""
    return outcome(scene, _listening(make(None), scene.said + scene.noise))


def uncancelled(scene: Scene, make: MakeWaker) -> Outcome:
    """The toy speaks, and listens to itself and the other."""
    return outcome(scene, _listening(make(None), scene.echo + scene.said + scene.noise))


def cancelled(scene: Scene, make: MakeWaker) -> Outcome:
    """The toy speaks, and takes its own voice out of what it hears, as ours does."""
    clock = _SteppedClock()
    with closing(EchoCanceller()) as canceller:
        echo = Echo(canceller, clock)
        waker = make(echo)
        told, lead = chunks(scene.told), round(LEAD_S * 1000 / CHUNK_MS)
        woken = []
        for number, chunk in enumerate(chunks(scene.echo + scene.said + scene.noise)):
            for written in told[number + lead if number else 0 : number + lead + 1]:
                echo.plays(written, RATE_HZ)
            clock.now_s += CHUNK_MS / 1000
            echo.hears()
            woken.append(bool(waker.hear_over(chunk)[0]))
    return outcome(scene, woken)


def chunks(sound: Sound) -> list[bytes]:
    """The whole ones, as a microphone gives them."""
    pcm = np.clip(np.round(sound), -32768, 32767).astype("<i2").tobytes()
    whole = len(pcm) // CHUNK_BYTES * CHUNK_BYTES
    return [pcm[at : at + CHUNK_BYTES] for at in range(0, whole, CHUNK_BYTES)]


class _SteppedClock(SystemClock):
    """It is as late as it is set to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s


def _listening(waker: Waker, sound: Sound) -> Iterator[bool]:
    return (bool(waker.hear(chunk)) for chunk in chunks(sound))


def outcome(scene: Scene, woken: Iterable[bool]) -> Outcome:
    """`woken` is whether each chunk woke it."""
    heard, others = False, 0
    for number, now in enumerate(woken):
        if not now:
            continue
        if scene.begins_s < number * CHUNK_MS / 1000 < scene.ends_s + AFTER_S:
            heard = True
        else:
            others += 1
    return Outcome(heard, others)
