"""Ten thousand connections of nonsense at each port while the toys talk: what is lost, kept and logged.

Held: every turn has its answer, the attacked program has the same memory afterwards, its log has no traceback and grew
by at most 100 kB. See docs/measuring.md.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from bench.hostile.attacker import attacking
from bench.hostile.home import Home, home
from bench.hostile.ports import Port

TIMES = 10_000
CONNECTIONS = 16
PERIOD_S = 6.0
"""From one turn of a toy to its next: an answer may take long where so many other programs want the processor, too."""
WARM_S = 10.0
SETTLES_S = 6.0
MAX_GROWTH_MB = 8.0
MAX_LOG_BYTES = 100_000


@dataclass(frozen=True)
class Flooded:
    """What an attack on one port left behind."""

    port: str
    connections: int
    seconds: float
    turns: int
    lost: int
    grew_mb: float
    again_mb: float | None
    log_bytes: int
    tracebacks: int

    @property
    def held(self) -> bool:
        grew_mb = self.grew_mb if self.again_mb is None else self.again_mb
        within = grew_mb <= MAX_GROWTH_MB and self.log_bytes <= MAX_LOG_BYTES
        return within and not self.lost and not self.tracebacks


async def run(console: Console, times: int = TIMES) -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory(prefix="pommai-bench-") as folder:
        async with home(Path(folder), period_s=PERIOD_S) as family:
            await asyncio.sleep(WARM_S)
            found = []
            for port in family.ports():
                with console.status(f"{times} connections at {port.name}"):
                    found.append(await flood(family, port, times))
    rows: list[dict[str, object]] = [{**vars(one), "held": one.held} for one in found]
    shown = Table(title=f"{times} connections of nonsense")
    for name in rows[0]:
        shown.add_column(name.replace("_", " "), justify="left" if name == "port" else "right")
    for row in rows:
        shown.add_row(*(str(value) for value in row.values()))
    console.print(shown)
    return rows


async def flood(family: Home, port: Port, times: int) -> Flooded:
    """A tenth of them first, so that all which is made once is there; memory that grew is flooded again.

    What is kept of each connection grows as much the second time, what is made once does not. `again_mb` is that second
    growth, None where the first was within MAX_GROWTH_MB.
    """
    pid, log = family.attacked(port)
    async with attacking(port, "nonsense", CONNECTIONS, times // 10) as warming:
        await warming.over()
    log_bytes, began_s = log.stat().st_size, time.monotonic()
    made, grew_mb = await _grown(port, pid, times)
    again_mb = None
    if grew_mb > MAX_GROWTH_MB:
        more, again_mb = await _grown(port, pid, times)
        made += more
    ended_s = time.monotonic() - SETTLES_S  # what began since then may not have its answer yet
    turns = family.turns(None, began_s, ended_s)
    written = log.read_bytes()[log_bytes:].decode(errors="replace")
    return Flooded(
        port=port.name,
        connections=made,
        seconds=round(ended_s - began_s, 1),
        turns=len(turns),
        lost=sum(turn.sounded_s is None for turn in turns),
        grew_mb=grew_mb,
        again_mb=again_mb,
        log_bytes=sum(len(line) + 1 for line in told_of(written)),
        tracebacks=written.count("Traceback"),
    )


async def _grown(port: Port, pid: int, times: int) -> tuple[int, float]:
    """How many connections were made, and by how many MB the program's memory grew with them."""
    before_mb = _rss_mb(pid)
    async with attacking(port, "nonsense", CONNECTIONS, times) as attack:
        told = await attack.over()
    await asyncio.sleep(SETTLES_S)
    return told["made"], round(_rss_mb(pid) - before_mb, 1)


def told_of(written: str) -> Sequence[str]:
    """Lines of a log, without those in which a toy shows its state on its own screen."""
    return [line for line in written.splitlines() if not line.startswith("* ")]


def _rss_mb(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 2**20
