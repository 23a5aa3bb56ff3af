"""How often a wake word is heard in computed rooms, in quiet and over the toy's own voice, and how often wrongly.

Synthetic voices say each word beside a toy that is silent, or that tells a story as loudly as they speak. A voice that
interrupts the toy is measured beside the words. Only voices and rooms count that were held back from choosing.
See docs/measuring.md.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.turns.recordings import Voice, missing
from bench.waking.own_name import NameDetector
from bench.waking.replay import MakeWaker, cancelled, chunks, in_quiet, outcome, uncancelled
from bench.waking.rooms import LOUD, Room, Sound, as_loud
from bench.waking.takes import CHILDREN, SPELT, Scene, Take, dice_of, scene, takes, talk
from satellite.audio.echo import Echo
from satellite.audio.pcm import RATE_HZ
from satellite.audio.wav import read_speech
from satellite.wake.turn_start import WakeMode, Waker
from satellite.wire.commands import WAKE_WORDS

WORKERS = 2
ROOMS = 8
"""For each voice."""
VOICE = "any voice"
CALL = "no stop it i want another story"
ALONE = 60
"""Stories told with nobody else in the room."""
OTHERS_OVER = 40
OTHERS_BEGIN_S = 3.0
TALK_MINUTES = 15.0
OWN_NAMES = ("hey teddy", "hey rabbit", "hey bella")
THRESHOLDS = (1e-20, 1e-30)
NAME_ROOMS = 4
RECORDED = Path(__file__).parents[1] / "tests" / "data" / "audio"
PEOPLE = Path(__file__).parents[2] / "shared" / "audio"


@dataclass(frozen=True)
class Heard:
    """Of `said` words; `both` are those that were heard both in quiet and, with cancelling, over the toy's voice."""

    said: int
    in_quiet: int
    uncancelled: int
    cancelled: int
    both: int


@dataclass(frozen=True)
class FalseAlarms:
    """How often, and in how many minutes: its story alone, others' talk over it, their talk, noise and people."""

    alone: int
    alone_min: float
    over: int
    over_min: float
    talk: int
    talk_min: float
    recorded: int
    recorded_min: float


@dataclass(frozen=True)
class OwnName:
    """Of PocketSphinx's keyword spotting, in quiet."""

    words: str
    threshold: float
    said: int
    heard: int
    talk: int
    talk_min: float
    listening_us: float
    memory_mb: float


@dataclass(frozen=True)
class Row:
    heard: Heard
    false_alarms: FalseAlarms
    listening_us: float
    """For 20 ms while the toy is silent …"""
    speaking_us: float
    """… and while it speaks, with echo cancellation."""


async def run(console: Console) -> dict[str, object]:
    if problem := missing():
        raise SystemExit(problem)
    if not PEOPLE.exists():
        console.print(f"no recordings of people in {PEOPLE}: measured without them")
    rows, names = await asyncio.to_thread(measure)
    console.print(_table(rows))
    console.print(_table_of_names(names))
    return {
        "words": {name: asdict(row) for name, row in rows.items()},
        "own_names": [asdict(one) for one in names],
    }


def measure() -> tuple[dict[str, Row], list[OwnName]]:
    """In processes of their own; it takes minutes."""
    words = (*WAKE_WORDS, VOICE)
    apart = multiprocessing.get_context("spawn")
    # espeak-ng remembers what it said before, so that only a new process says the same again.
    with ProcessPoolExecutor(WORKERS, mp_context=apart, max_tasks_per_child=1) as pool:
        rows = pool.map(partial(row_of, held=True), words)
        names = pool.map(partial(own_name, held=True), OWN_NAMES)
        return dict(zip(words, rows, strict=True)), [one for some in names for one in some]


def row_of(name: str, *, held: bool) -> Row:
    make = partial(_waker, name)
    words = SPELT.get(name, CALL)
    scenes = [scene(take) for take in takes(words, held=held, rooms=ROOMS)]
    return Row(
        _heard(scenes, make), _false_alarms(name, make, held=held), *_cost_us(scenes[0], make)
    )


def own_name(words: str, *, held: bool) -> list[OwnName]:
    """One for each threshold."""
    scenes = [scene(take) for take in takes(words, held=held, rooms=NAME_ROOMS)]
    others = list(talk([one for one in CHILDREN if one.held is held], TALK_MINUTES))
    found = []
    for threshold in THRESHOLDS:
        before_kb = _resident_kb()
        detector = NameDetector(words, threshold)
        memory_mb = round((_resident_kb() - before_kb) / 1024, 1)
        heard = 0
        for one in scenes:
            detector.forget()
            woken = map(detector.hears, chunks(one.said + one.noise))
            heard += outcome(one, woken).heard
        begun = time.process_time()
        given = [chunk for sound in others for chunk in chunks(as_loud(sound, LOUD))]
        false = sum(map(detector.hears, given))
        cost_us = round((time.process_time() - begun) / len(given) * 1e6)
        minutes = _minutes(others)
        found.append(
            OwnName(words, threshold, len(scenes), heard, false, minutes, cost_us, memory_mb)
        )
    return found


def _resident_kb() -> int:
    status = Path("/proc/self/status").read_text("utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line[:6] == "VmRSS:")


def _waker(name: str, echo: Echo | None) -> Waker:
    if name == VOICE:
        return Waker(WakeMode.VOICE, echo=echo)
    return Waker(WakeMode.WORD, name, echo)


def _heard(scenes: Sequence[Scene], make: MakeWaker) -> Heard:
    quiet = [in_quiet(one, make).heard for one in scenes]
    over = [cancelled(one, make).heard for one in scenes]
    return Heard(
        said=len(scenes),
        in_quiet=sum(quiet),
        uncancelled=sum(uncancelled(one, make).heard for one in scenes),
        cancelled=sum(over),
        both=sum(map(min, quiet, over)),
    )


def _false_alarms(name: str, make: MakeWaker, *, held: bool) -> FalseAlarms:
    voices = [one for one in CHILDREN if one.held is held]
    told = [
        _alone(scene(Take("hello there", voices[number % len(voices)], 100 + number)))
        for number in range(ALONE)
    ]
    # Any voice is meant to wake, so that others' talk is no false alarm for it.
    over = [] if name == VOICE else list(_talked_over(told[:OTHERS_OVER], voices))
    others = [] if name == VOICE else list(talk(voices, TALK_MINUTES))
    recorded = [] if name == VOICE else _recorded()
    return FalseAlarms(
        alone=sum(cancelled(one, make).times for one in told),
        alone_min=_minutes([one.told for one in told]),
        over=sum(cancelled(one, make).times for one in over),
        over_min=_minutes([one.said[one.said != 0] for one in over]),
        talk=_woken(others, make),
        talk_min=_minutes(others),
        recorded=_woken(recorded, make),
        recorded_min=_minutes(recorded),
    )


def _alone(one: Scene) -> Scene:
    return replace(one, said=np.zeros(len(one.echo)))


def _talked_over(told: Sequence[Scene], voices: Sequence[Voice]) -> Iterator[Scene]:
    """The same stories, with others' talk as loud."""
    lines = talk(voices, float(len(told)))
    for number, one in enumerate(told):
        words = Room.drawn(dice_of(f"talk over {number}")).voice_of(
            np.concatenate([next(lines) for _ in range(3)])
        )
        begins = int(OTHERS_BEGIN_S * RATE_HZ)
        said = np.zeros(len(one.echo))
        words = words[: len(said) - begins]
        said[begins : begins + len(words)] = words
        yield replace(one, said=said)


def _recorded() -> list[Sound]:
    """A room's noise, and people where their recordings are."""
    files = [RECORDED / "noise_room.wav", *sorted(PEOPLE.glob("human_*.wav"))]
    return [np.frombuffer(read_speech(file), "<i2").astype(np.float64) for file in files]


def _woken(sounds: Sequence[Sound], make: MakeWaker) -> int:
    waker = make(None)
    return sum(bool(waker.hear(chunk)) for sound in sounds for chunk in chunks(sound))


def _minutes(sounds: Sequence[Sound]) -> float:
    return round(sum(map(len, sounds)) / RATE_HZ / 60, 1)


def _cost_us(one: Scene, make: MakeWaker) -> tuple[float, float]:
    """Of processor time, for a chunk."""
    count = len(chunks(one.echo))

    def of(way: Callable[[Scene, MakeWaker], object]) -> float:
        begun = time.process_time()
        way(one, make)
        return round((time.process_time() - begun) / count * 1e6, 0)

    return of(in_quiet), of(cancelled)


def _table(rows: dict[str, Row]) -> Table:
    table = Table("", "said", "in quiet", "over the toy", "both", "not cancelled", title="heard")
    for name in ("alone", "over it", "talk", "recorded"):
        table.add_column(f"false: {name} (min)")
    table.add_column("µs, µs speaking")
    for name, row in rows.items():
        heard, false = row.heard, row.false_alarms
        table.add_row(
            name,
            *map(str, (heard.said, heard.in_quiet, heard.cancelled, heard.both, heard.uncancelled)),
            f"{false.alone} ({false.alone_min})",
            f"{false.over} ({false.over_min})",
            f"{false.talk} ({false.talk_min})",
            f"{false.recorded} ({false.recorded_min})",
            f"{row.listening_us:.0f}, {row.speaking_us:.0f}",
        )
    return table


def _table_of_names(names: Sequence[OwnName]) -> Table:
    table = Table("own name", "threshold", "said", "in quiet", "false: talk (min)", "µs", "MB")
    for one in names:
        false = f"{one.talk} ({one.talk_min})"
        cost = (f"{one.listening_us:.0f}", f"{one.memory_mb:.1f}")
        table.add_row(one.words, f"{one.threshold:g}", str(one.said), str(one.heard), false, *cost)
    return table
