"""What a running program takes of the machine, as Linux counts it: memory and processor time, its children left out."""

from dataclasses import dataclass
from pathlib import Path

KB = 1024


@dataclass(frozen=True)
class Memory:
    rss_mb: float
    pss_mb: float
    """The same with what it shares with others counted by shares."""


def memory(pid: int) -> Memory:
    found = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, kb, *_ = line.split()
        found[name] = int(kb) / KB
    return Memory(found["Rss:"], found["Pss:"])


def cpu_s(pid: int) -> float:
    """What all its threads have run so far, to the nanosecond."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9
