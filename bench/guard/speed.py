"""How long rules and classifier take for a sentence, what loading them costs, and their memory."""

import asyncio
import json
import math
import subprocess
import sys
from collections.abc import Sequence
from time import perf_counter, thread_time

from rich.console import Console
from rich.table import Table

from bench.guard.lines import Example
from hub.domain.safety import CheckRequest, SafetyLevel, SafetyPolicy
from hub.safety.classifier.classifier import ClassifierCheck
from hub.safety.rules.rules import RulesCheck

_MEASURE = """
import asyncio, json, pathlib, re, time
import numpy
from hub.domain import safety
def resident_mb():
    status = pathlib.Path("/proc/self/status")
    return int(re.search(r"VmRSS:\\s+(\\d+)", status.read_text())[1]) / 1024 if status.exists() else 0.0
before, started, worked = resident_mb(), time.perf_counter(), time.process_time()
from hub.safety.rules.rules import RulesCheck
from hub.safety.classifier.classifier import ClassifierCheck
checks = RulesCheck.load(), ClassifierCheck.load()
checks[1].judge("hello there", safety.Direction.CHILD, safety.SafetyPolicy())
took, worked = time.perf_counter() - started, time.process_time() - worked
print(json.dumps({
    "load_ms": took * 1000,
    "load_processor_ms": worked * 1000,
    "memory_mb": resident_mb() - before,
}))
"""
"""In a process of its own: what rules and classifier add to one that has numpy and asyncio."""

SENTENCE_WORDS = 30
"""A longer text is more than a sentence; a pasted prompt may have three hundred words."""


SPEED_RUNS = 3
"""What else runs on the machine makes some sentences wait; it seldom meets the same one in each run."""


async def measure_speed(console: Console, texts: dict[str, list[Example]]) -> dict[str, object]:
    """Rules and classifier one after the other, each text for the first time in each run."""
    everyone = [one for examples in texts.values() for one in examples]
    sentences = [one for one in everyone if len(one.text.split()) <= SENTENCE_WORDS]
    runs = [await _timed(sentences) for _ in range(SPEED_RUNS)]
    first, best = (
        [waited for waited, _ in runs[0]],
        [min(w for w, _ in one) for one in zip(*runs, strict=True)],
    )
    processor = [worked for _, worked in runs[0]]
    loaded = [await asyncio.to_thread(_load) for _ in range(SPEED_RUNS)]
    found: dict[str, object] = {
        **{
            f"{name}_p{part}_ms": round(_quantile(values, part / 100), 3)
            for name, values in (
                ("waited", first),
                ("best_of_runs", best),
                ("processor", processor),
            )
            for part in (50, 95)
        },
        **{
            key: round(min(one[key] for one in loaded), 1)
            for key in ("load_ms", "load_processor_ms")
        },
        "memory_mb": round(max(one["memory_mb"] for one in loaded), 1),
    }
    table = Table("rules and classifier", "measured", "wanted", title="speed and size")
    for name, said in (
        ("waited", "a sentence, all that it waited"),
        ("best_of_runs", f"the same, the best of {SPEED_RUNS} runs"),
        ("processor", "the processor's time for it"),
    ):
        table.add_row(f"{said}, p50", f"{found[f'{name}_p50_ms']} ms", "")
        table.add_row(f"{said}, p95", f"{found[f'{name}_p95_ms']} ms", "5 ms")
    table.add_row(f"loading, the best of {SPEED_RUNS} runs", f"{found['load_ms']} ms", "1000 ms")
    table.add_row("the processor's time for it", f"{found['load_processor_ms']} ms", "1000 ms")
    table.add_row("memory, the most", f"{found['memory_mb']} MB", "")
    console.print(table)
    return found


def _load() -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


async def _timed(sentences: Sequence[Example]) -> list[tuple[float, float]]:
    """Of each how long it waited and how long the processor worked for it, in ms."""
    checks = RulesCheck.load(), ClassifierCheck.load()
    found = []
    for one in sentences:
        request = CheckRequest(one.text, one.direction, SafetyPolicy(SafetyLevel.MODERATE))
        started, worked = perf_counter(), thread_time()
        for check in checks:
            await check.check(request)
        found.append(((perf_counter() - started) * 1000, (thread_time() - worked) * 1000))
    return found


def _quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[math.ceil(len(values) * share) - 1]
