"""The satellite's benchmark: what it tells, and that it measures processes and streams as they are."""

import os
import subprocess
import sys

from bench.satellite import gated
from bench.satellites.process import cpu_s, memory


def test_it_tells_exactly_what_is_compared() -> None:
    row = dict.fromkeys(
        ("rss_mb", "pss_mb", "import_ms", "listening_ms", "cpu_percent", "kbit_s", "chunk_ms"), 1.0
    )
    told = gated(row | {"idle_rss_mb": 9.0}, row | {"rss_mb": 39.5})
    assert told == row | {"rss_all_mb": 39.5}


def test_memory_that_is_held_shows() -> None:
    grown_mb = mb_of_one_that_holds(30_000_000) - mb_of_one_that_holds(0)
    assert 25 < grown_mb < 35


def mb_of_one_that_holds(count: int) -> float:
    program = f"held = bytearray(b'x') * {count}; print(flush=True); input()"
    command = (sys.executable, "-c", program)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        one.stdout.readline()
        size_mb = memory(one.pid).rss_mb
        one.stdin.write(b"\n")
    return size_mb


def test_processor_time_is_work_and_not_waiting() -> None:
    before = cpu_s(os.getpid())
    subprocess.run([sys.executable, "-c", "sum(range(2_000_000))"], check=True)  # another's work
    waited = cpu_s(os.getpid()) - before
    sum(number * number for number in range(3_000_000))
    assert cpu_s(os.getpid()) - before > 2 * waited
