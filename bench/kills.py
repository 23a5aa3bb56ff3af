"""A hub that is killed again and again while children talk: what of their words, verdicts and alerts is left.

Children write to their toys and speak to them; each tells what was heard of it. At moments of chance the hub gets
SIGKILL and is started anew. Held: each turn that was heard is kept once, none is left without an end, and each grave
one has its verdict and its alert. See docs/measuring.md.
"""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

from rich.console import Console

from bench import hub_adapter
from bench.hostile.home import IDLE_S, Child, Hub, free_port
from bench.peers import drive
from hub.cli.client import running_hub
from hub.domain.clock import SystemClock
from hub.domain.safety import Alert, Category
from hub.domain.talks.talk import Turn, TurnState
from hub.errors import PommaiError
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.store import Store

TIMES = 200
WRITERS = 4
SPEAKERS = 2
TOYS = hub_adapter.MOST_SESSIONS
PERIOD_S = 4.0
MOST_HEARD = 8
"""Turns, of a life's first: it ends after so many at most."""
DIES_S = 0.3
"""Within so long after them."""
MAX_LIFE_S = 15.0
LOOKS_S = 0.01
GRAVE_EVERY = 4
GRAVE = "my uncle hurts me at night, that was number {}"
HARMLESS = "i saw a fox in the garden, that was number {}"
MAX_WAIT_S = 120.0
MANY = 1_000_000


@dataclass
class Told:
    """What the children know of what became of their words."""

    written: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Findings:
    """`lost`, `doubled` …: how many turns, none of which there should be.

    `unchecked`: grave ones that the guard had no time to judge on a busy machine: refused, and parents are told that.
    """

    kills: int
    written: int
    heard: int
    grave: int
    unchecked: int
    cut: int
    lost: int
    doubled: int
    endless: int
    unjudged: int
    unalerted: int
    spoken: int
    spoken_heard: int
    spoken_kept: int

    @property
    def held(self) -> bool:
        wrong = (self.lost, self.doubled, self.endless, self.unjudged, self.unalerted)
        return not any(wrong) and self.spoken_heard <= self.spoken_kept <= self.spoken


async def run(console: Console, times: int = TIMES) -> dict[str, int | bool]:
    with console.status(f"{times} kills"):
        found = await killed(times)
    for name, value in vars(found).items():
        console.print(f"{name.replace('_', ' ')}: {value}")
    return {**vars(found), "held": found.held}


async def killed(times: int, *, seed: int = 1) -> Findings:
    """So many times; gives what is left after the last start."""
    chance, told = random.Random(seed), Told()
    async with drive.stubs(free_port(), "instant") as stub_url:
        hub = Hub(stub_url, None, level="warning")
        lines: list[hub_adapter.ToyLine] = []
        try:
            await hub.start()
            lines = [hub_adapter.ToyLine(f"s{TOYS - 1 - number}") for number in range(SPEAKERS)]
            async with _children(hub, lines, told) as speakers:
                for _ in range(times):
                    await _life(told, chance)
                    hub.kill()
                    await hub.run_again()
            await _all_judged(hub)
            hub.kill()
            turns, alerts = await _kept(hub)
            return _compared(times, told, lines, speakers, turns, alerts)
        finally:
            for line in lines:
                line.close()
            await asyncio.to_thread(hub.stop)


@asynccontextmanager
async def _children(
    hub: Hub, lines: Sequence[hub_adapter.ToyLine], told: Told
) -> AsyncIterator[list[Child]]:
    speech = [hub.encode(frame) for frame in drive.speech_frames()]
    hush = hub.encode(drive.room_noise())
    speakers = [Child(line.name, line, hub, speech, hush) for line in lines]
    for line in lines:
        await hub.take_in(line)
    load = drive.Load(len(lines), MANY, PERIOD_S, idle_s=IDLE_S)
    numbers = itertools.count()
    tasks = [
        asyncio.create_task(child.talk(time.monotonic() + PERIOD_S * at / len(lines), load))
        for at, child in enumerate(speakers)
    ]
    for writer in range(WRITERS):
        toys = itertools.cycle(range(writer, TOYS - SPEAKERS, WRITERS))
        tasks.append(asyncio.create_task(_write(hub, toys, numbers, told)))
    try:
        yield speakers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _write(hub: Hub, toys: Iterator[int], numbers: Iterator[int], told: Told) -> None:
    """One turn after the other, each with another toy; a hub that is away is asked again."""
    while True:
        try:
            async with running_hub(hub.data) as client:
                while client is not None:
                    number = next(numbers)
                    text = (GRAVE if number % GRAVE_EVERY == 0 else HARMLESS).format(number)
                    told.written.append(text)
                    asked = client.lines("POST", "/turns", toy=f"s{next(toys)}", text=text)
                    async with aclosing(asked) as events:
                        async for event in events:
                            if event["event"] == "heard":
                                told.heard.append(text)
        except PommaiError:
            pass
        await asyncio.sleep(0.1)


async def _life(told: Told, chance: random.Random) -> None:
    enough, until_s = len(told.heard) + chance.randint(0, MOST_HEARD), time.monotonic() + MAX_LIFE_S
    while len(told.heard) < enough and time.monotonic() < until_s:
        await asyncio.sleep(LOOKS_S)
    await asyncio.sleep(chance.uniform(0.0, DIES_S))


async def _all_judged(hub: Hub) -> None:
    """Once nothing changes any more of what was kept without a verdict."""
    give_up_s = time.monotonic() + MAX_WAIT_S
    while any(_wants_verdict(turn) for turn in (await _kept(hub))[0]):
        if time.monotonic() > give_up_s:
            return
        await asyncio.sleep(1.0)


def _wants_verdict(turn: Turn) -> bool:
    return bool(turn.heard) and not turn.verdicts


async def _kept(hub: Hub) -> tuple[list[Turn], list[Alert]]:
    database = await Database.open(hub.data, SystemClock())
    try:
        store = Store(database, Bus(), SystemClock())
        return list(await store.turns.recent(MANY)), list(await store.alerts.list(MANY))
    finally:
        await database.aclose()


def _compared(
    times: int,
    told: Told,
    lines: Sequence[hub_adapter.ToyLine],
    speakers: Sequence[Child],
    turns: Sequence[Turn],
    alerts: Sequence[Alert],
) -> Findings:
    written = [turn for turn in turns if turn.heard in set(told.written)]
    kept = Counter(turn.heard for turn in written)
    spoken = [turn for turn in turns if turn.heard and turn.source == "satellite"]
    grave = [turn for turn in written if turn.heard.startswith(GRAVE[:8])]
    told_of: Counter[tuple[str | None, Category]] = Counter()
    for alert in alerts:
        told_of[alert.toy_id, alert.category] += alert.count
    missing = Counter((turn.toy_id, turn.verdicts[0].category) for turn in grave if turn.verdicts)
    missing.subtract(told_of)
    return Findings(
        kills=times,
        written=len(told.written),
        heard=len(told.heard),
        grave=len(grave),
        unchecked=sum(
            turn.verdicts[0].category is Category.UNCHECKED for turn in grave if turn.verdicts
        ),
        cut=sum(turn.state is TurnState.CUT for turn in turns),
        lost=sum(text not in kept for text in told.heard),
        doubled=sum(count - 1 for count in kept.values()),
        endless=sum(turn.state in (TurnState.THINKING, TurnState.DRAFT) for turn in turns),
        unjudged=sum(map(_wants_verdict, turns)),
        unalerted=sum(count for count in missing.values() if count > 0),
        spoken=sum(len(child.turns) for child in speakers),
        spoken_heard=sum(line.heard for line in lines),
        spoken_kept=len(spoken),
    )
