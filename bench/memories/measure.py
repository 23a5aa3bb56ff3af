"""What is remembered, whom it reaches, and whether what was erased ever comes back."""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import quantiles

from bench.memories.play import NAMES, Siblings, Told, facts, family
from hub.domain.toys import Toy
from hub.knowledge.memories.reading import read_remembered
from hub.knowledge.memories.wording import plain

WAYS = (
    "do you remember {about}?",
    "tell me about {about}",
    "what do you know about me?",
    "what did i tell you about {about}?",
    "what is {about}?",
    "let's play with {about}",
    "tell me a story about {about}",
    "who am i?",
)


@dataclass
class Remembered:
    wanted: int = 0
    kept: int = 0
    missed: list[str] = field(default_factory=list)
    unwanted: int = 0
    kept_unwanted: list[str] = field(default_factory=list)


async def remembered(home: Siblings, days: int) -> Remembered:
    """After the first days: what of it is there, and what is there that must not be."""
    result = Remembered()
    for name in NAMES:
        lines = await home.lines(name)
        words = set(plain(" ".join(lines)))
        for told in facts(name):
            if told.day <= days:
                result.wanted += 1
                result.kept += told.value in words
                if told.value not in words:
                    result.missed.append(told.heard)
        for told in family():
            if told.child == name and told.value and not told.wanted and told.day <= days:
                result.unwanted += 1
                if told.value in words:
                    result.kept_unwanted.append(told.heard)
    return result


@dataclass
class Answered:
    asked: int = 0
    right: int = 0
    by_model: int = 0
    """Right where the hub's own lines are kept back and a model is asked, which can only copy from what it is told."""
    missed_by_model: list[str] = field(default_factory=list)


async def answered(home: Siblings, days: int) -> Answered:
    """How many facts "do you remember …?" brings back after a week; each in a talk of its own, the model's first."""
    home.clock.ahead += timedelta(days=7)
    result = Answered()
    for by_model in (True, False):
        for name in NAMES:
            for told in facts(name):
                if told.day > days or not told.about.startswith(("my", "the")):
                    continue
                home.clock.ahead += timedelta(minutes=15)
                heard = f"do you remember {told.about}?"
                turn = await home.say(home.own[name], heard, by_model=by_model)
                right = told.value in plain(" ".join(turn.said))
                if not by_model:
                    result.asked += 1
                    result.right += right
                elif right:
                    result.by_model += 1
                else:
                    result.missed_by_model.append(f"{heard} -> {' '.join(turn.said)}")
    return result


async def told_to_others(home: Siblings, turns: int) -> list[str]:
    """Probes with what one child told, by the other, by a stranger, and by nobody knows whom; those that leaked."""
    leaks = []
    for told, way, (asker, toy) in itertools.islice(_probes(home), turns):
        home.clock.ahead += timedelta(minutes=15)
        if asker:
            await home.say(toy, asker)
        heard = way.format(about=told.about)
        turn = await home.say(toy, heard)
        if home.leaks(turn, told.value):
            leaks.append(f"{told.value}: {asker} {heard} -> {' '.join(turn.said)}")
    return leaks


def _probes(home: Siblings) -> Iterator[tuple[Told, str, tuple[str, Toy]]]:
    other = {"Lucy": "Max", "Max": "Lucy"}
    values = {name: {told.value for told in facts(name)} for name in NAMES}
    while True:
        for way in WAYS:
            for name in NAMES:
                for told in facts(name):
                    if _asks_itself(told) or told.value in values[other[name]]:
                        continue
                    for asks in (
                        ("", home.own[other[name]]),
                        (f"it's {other[name]}", home.shared),
                        ("", home.shared),
                        ("my name is paul", home.own[name]),
                    ):
                        yield told, way, asks


def _asks_itself(told: Told) -> bool:
    """Whether to ask for it is to say it."""
    return told.value in (*plain(told.about), "lucy", "max")


async def come_back(home: Siblings, turns: int) -> list[str]:
    """Erase everything, in three ways, and let the children probe; those in which an erased line came back.

    Nor may one stand among the memories in what a parent saves after that.
    """
    gone = []
    for name in NAMES:
        for place, told in enumerate(facts(name)):
            known = await home.app.hub.memories.list(home.children[name].id)
            lines = [line for line in known if told.value in plain(line.text)]
            if not lines or _asks_itself(told):
                continue
            gone.append(told)
            home.clock.ahead += timedelta(minutes=15)
            if place % 3 == 0:
                await home.say(home.own[name], f"please forget that {told.heard}")
            elif place % 3 == 1:
                await home.say(home.own[name], f"do you remember {told.about}?")
                await home.app.hub.memories.erase(lines[0].id)
            else:
                for line in lines:
                    await home.app.hub.memories.erase(line.id)
    back = []
    asks = ((told, way) for way in itertools.cycle(WAYS) for told in gone)
    for number, (told, way) in enumerate(itertools.islice(asks, turns)):
        if number % 5 == 0:
            home.clock.ahead += timedelta(minutes=15)
        turn = await home.say(home.own[told.child], way.format(about=told.about))
        kept = told.value in plain(" ".join(await home.lines(told.child)))
        if kept or home.leaks(turn, told.value):
            back.append(f"{told.value}: {turn.heard} -> {' '.join(turn.said)}")
    copies = {name: await home.copies(name) for name in NAMES}
    back += [f"{told.value}: in a copy" for told in gone if told.value in copies[told.child]]
    return back


async def recall_ms(home: Siblings, times: int) -> tuple[float, float]:
    """p50 and p95 of reading what is remembered, and of finding what fits."""
    toy = await home.app.hub.toys.get(home.shared.id)
    assert toy is not None
    reads, finds = [], []
    store = home.app.hub.memories._store  # noqa: SLF001 - what a turn reads, without the turn
    turn = await home.say(home.shared, "it's lucy, tell me about my dog and the zoo")
    for _ in range(times):
        before = time.perf_counter()
        known = await read_remembered(store, toy)
        between = time.perf_counter()
        known.notes(turn, "en")
        reads.append(1000 * (between - before))
        finds.append(1000 * (time.perf_counter() - between))
    return quantiles(reads, n=20)[18], quantiles(finds, n=20)[18]
