"""What a satellite takes of a Pi: memory, processor, start, bytes and time, ours and the stock one side by side.

Both run here, as they are installed, with the same microphone (a program that gives 20 ms at a time) and without a
speaker's program; rounds of one and the other take turns. Ours is paired: TLS and Opus. See docs/measuring.md.
"""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench import cores
from bench.satellites.hub import Stream, arrivals
from bench.satellites.process import Memory, cpu_s, memory
from bench.satellites.subjects import (
    OURS_FULL,
    OURS_PAIRED,
    OURS_PLAIN,
    STOCK_FULL,
    STOCK_LEAN,
    Subject,
    compiled,
    running,
)
from bench.satellites.tap import Tap
from satellite.wire.opus import LOW_DELAY, RATE_HZ, Encoder

ROWS_ONLY = True
SELECTOR = arrivals
ROUNDS = 5
STARTS = 9
SETTLES_S = 1.5
IDLE_S = 3.0
STREAM_S = 5.0
ANSWER_S = 2.0
ANSWERS = 8
MOST_S = 60.0
SUBJECTS = (OURS_PAIRED, STOCK_LEAN, OURS_PLAIN, STOCK_FULL, OURS_FULL)


@dataclass
class Measured:
    """One run after the other."""

    listening_ms: list[float] = field(default_factory=list)
    import_ms: list[float] = field(default_factory=list)
    idle: list[Memory] = field(default_factory=list)
    streaming: list[Memory] = field(default_factory=list)
    idle_cpu_percent: list[float] = field(default_factory=list)
    cpu_percent: list[float] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    answers_ms: list[float] = field(default_factory=list)
    """From an answer's first sound in the hub to its first sample at the speaker."""

    def row(self) -> dict[str, float]:
        """The median of each."""
        return {
            "listening_ms": median(self.listening_ms),
            "import_ms": median(self.import_ms),
            "idle_rss_mb": median(one.rss_mb for one in self.idle),
            "rss_mb": median(one.rss_mb for one in self.streaming),
            "pss_mb": median(one.pss_mb for one in self.streaming),
            "idle_cpu_percent": median(self.idle_cpu_percent),
            "cpu_percent": median(self.cpu_percent),
            "kbit_s": median(one.kbit_s for one in self.streams),
            "chunk_ms": median(one.chunk_ms for one in self.streams),
        }

    def turn_ms(self) -> float:
        """The link's part of a turn: a last chunk's way to the recogniser, and an answer's to the speaker."""
        return median(one.heard_ms for one in self.streams) + median(self.answers_ms)


async def run(console: Console) -> dict[str, dict[str, float]]:
    measured = {subject.name: Measured() for subject in SUBJECTS}
    with tempfile.TemporaryDirectory(prefix="pommai-bench-") as folder, cores.split() as cpus:
        for subject in SUBJECTS:  # compiles it
            async with running(subject, _new(folder), cpus):
                await asyncio.sleep(SETTLES_S)
        for number in range(STARTS):
            for subject in SUBJECTS:
                with console.status(f"{subject.name}: start {number + 1} of {STARTS}"):
                    await start(subject, _new(folder), cpus, measured)
        for number in range(ROUNDS):
            for subject in SUBJECTS:
                with console.status(f"{subject.name}: round {number + 1} of {ROUNDS}"):
                    await live(subject, _new(folder), cpus, measured)
            for subject in (OURS_PAIRED, OURS_PLAIN):
                with console.status(f"{subject.name}: answers, round {number + 1} of {ROUNDS}"):
                    await answer(subject, _new(folder), cpus, measured)
    rows = {name: one.row() for name, one in measured.items()}
    console.print(table(rows))
    added_ms = measured[OURS_PAIRED.name].turn_ms() - measured[OURS_PLAIN.name].turn_ms()
    ahead_ms = 1000 * Encoder(LOW_DELAY).lookahead_samples / RATE_HZ
    added_ms += ahead_ms
    console.print(
        f"TLS and Opus add {added_ms:.1f} ms to a turn, {ahead_ms:g} of which is what Opus looks ahead"
    )
    return {
        "ours": gated(rows[OURS_PAIRED.name], rows[OURS_FULL.name])
        | {"added_to_turn_ms": round(added_ms, 2)},
        "stock": gated(rows[STOCK_FULL.name], rows[STOCK_FULL.name]),
    }


async def start(
    subject: Subject, folder: Path, cpus: set[int] | None, measured: dict[str, Measured]
) -> None:
    into = measured[subject.name]
    bare_ms = await asyncio.to_thread(_took_ms, subject, "pass", folder.parent)
    whole_ms = await asyncio.to_thread(
        _took_ms, subject, f"import {subject.modules}", folder.parent
    )
    into.import_ms.append(whole_ms - bare_ms)
    async with running(subject, folder, cpus) as one:
        into.listening_ms.append(one.listening_ms)


async def live(
    subject: Subject, folder: Path, cpus: set[int] | None, measured: dict[str, Measured]
) -> None:
    """At rest, then streaming; with everything on, after an answer that it heard itself say."""
    into = measured[subject.name]
    async with asyncio.timeout(MOST_S), running(subject, folder, cpus) as one:
        waits = subject.secure  # the others stream once a hub is in charge
        if waits:
            await one.hub.take_charge()
        await asyncio.sleep(SETTLES_S)
        into.idle_cpu_percent.append(await _busy_percent(one.pid, asyncio.sleep(IDLE_S)))
        into.idle.append(memory(one.pid))
        if not waits:
            await one.hub.take_charge()
        await one.hub.have_it_listen()
        if subject.everything and waits:
            await one.hub.listen(1.0)
            await one.hub.talk_to_it(ANSWER_S)
            await one.hub.until("played")
            await one.hub.have_it_listen()
        await one.hub.listen(1.0)
        streaming = asyncio.create_task(one.hub.listen(STREAM_S))
        into.cpu_percent.append(await _busy_percent(one.pid, asyncio.shield(streaming)))
        into.streams.append(await streaming)
        into.streaming.append(memory(one.pid))


async def answer(
    subject: Subject, folder: Path, cpus: set[int] | None, measured: dict[str, Measured]
) -> None:
    """Some answers, played by a program as a sound card's would."""
    pipe = folder.with_name(f"{folder.name}-speaker")
    tap = Tap(pipe)
    try:
        speaker = f"command:dd of={pipe} bs=640 status=none"
        async with asyncio.timeout(MOST_S), running(subject, folder, cpus, speaker) as one:
            await one.hub.take_charge()
            for _ in range(ANSWERS):
                measured[subject.name].answers_ms.append(await one.hub.answer(tap))
    finally:
        tap.close()


def gated(row: dict[str, float], full: dict[str, float]) -> dict[str, float]:
    """What is compared: streaming, and the memory with everything on."""
    names = ("rss_mb", "pss_mb", "import_ms", "listening_ms", "cpu_percent", "kbit_s", "chunk_ms")
    told = {name: row[name] for name in names} | {"rss_all_mb": full["rss_mb"]}
    return {name: round(value, 2) for name, value in told.items()}


def table(rows: dict[str, dict[str, float]]) -> Table:
    shown = Table(title="Satellites (medians)")
    shown.add_column("")
    for name in next(iter(rows.values())):
        shown.add_column(name.replace("_", " "), justify="right")
    for name, row in rows.items():
        shown.add_row(name, *(f"{value:.2f}" for value in row.values()))
    return shown


def _new(folder: str) -> Path:
    """In `folder`, and not yet made; without a space, as its name goes into commands."""
    return Path(folder) / str(len(list(Path(folder).iterdir())))


async def _busy_percent(pid: int, during: Awaitable[object]) -> float:
    """Of one core."""
    began_s, began_cpu_s = time.monotonic(), cpu_s(pid)
    await during
    return 100 * (cpu_s(pid) - began_cpu_s) / (time.monotonic() - began_s)


def _took_ms(subject: Subject, code: str, folder: Path) -> float:
    began_s = time.monotonic()
    subprocess.run([subject.python, "-c", code], env=compiled(folder), check=True)
    return 1000 * (time.monotonic() - began_s)
