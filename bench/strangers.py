"""What strangers at full speed cost a child: turns while 1, 4 and 16 hostile connections knock at each port.

The hub and the attacked toy have one core; the strangers are a program on the other one, nice to the talking toys that
share it. What they take by that alone shows in the rows `dead port`: the same strangers, where nobody listens. A
row is held when its 95th percentile is at most 50 ms above those without an attack. One that is not is measured longer,
as one late turn may be another program's doing, and a cost that is there stays. See docs/measuring.md.
"""

import asyncio
import socket
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.hostile.attacker import attacking
from bench.hostile.home import Home, home
from bench.hostile.kinds import kinds
from bench.hostile.ports import Port
from bench.peers.peer import HOST
from bench.peers.results import Turn, quantile, rounded

CONNECTIONS = (1, 4, 16)
MAX_ADDED_MS = 50.0
WARM_S = 6.0
ROUND_S = 6.0
TOYS_ROUND_S = 24.0
"""For a toy's own port: only its own turns count."""
MAX_ROUNDS = 3
"""Of a row, until it is held: the turns of all count."""
ANSWERS_S = 2.0
"""The attack goes on until the last turn has its answer."""
DEAD = "dead port"
NONE = "none"
Row = dict[str, str | float | int | bool | None]


async def run(console: Console) -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="pommai-bench-") as folder:
        async with home(Path(folder)) as family:
            await asyncio.sleep(WARM_S)
            for port in family.ports():
                with console.status(port.name) as status:
                    calm = await _talk(family, port)
                    with socket.socket() as taken:
                        taken.bind((HOST, 0))  # so that nobody else listens there
                        nowhere = replace(port, number=taken.getsockname()[1], path="")
                        aside, _ = await _attacked(
                            family, port, nowhere, "nonsense", CONNECTIONS[-1]
                        )
                    calm_p95_ms = _p95_ms([*calm, *aside])
                    rows.append(_row(port, NONE, 0, calm, calm_p95_ms, 0.0))
                    rows.append(_row(port, DEAD, CONNECTIONS[-1], aside, calm_p95_ms, 0.0))
                    for kind in kinds(port.speaks, tls=port.tls):
                        for number in CONNECTIONS:
                            status.update(f"{port.name}: {kind}, {number} connections")
                            rows.append(await _measured(family, port, kind, number, calm_p95_ms))
    console.print(_table(rows))
    attacks = [row for row in rows if row["kind"] not in (NONE, DEAD)]
    held = sum(bool(row["held"]) for row in attacks)
    console.print(f"{held} of {len(attacks)} add at most {MAX_ADDED_MS:g} ms")
    return rows


async def _measured(
    family: Home, port: Port, kind: str, number: int, calm_p95_ms: float | None
) -> Row:
    turns: list[Turn] = []
    for _ in range(MAX_ROUNDS):
        more, made_s = await _attacked(family, port, port, kind, number)
        turns += more
        row = _row(port, kind, number, turns, calm_p95_ms, made_s)
        if row["held"]:
            break
    return row


async def _talk(family: Home, port: Port) -> Sequence[Turn]:
    """The turns of a while, which an attack on `port` may touch."""
    began_s = time.monotonic()
    await asyncio.sleep(TOYS_ROUND_S if port.name in family.real else ROUND_S)
    until_s = time.monotonic()
    await asyncio.sleep(ANSWERS_S)
    return family.turns(port, began_s, until_s)


async def _attacked(
    family: Home, port: Port, target: Port, kind: str, number: int
) -> tuple[Sequence[Turn], float]:
    """The turns, and how many connections a second the strangers got."""
    async with attacking(target, kind, number) as attack:
        await asyncio.sleep(1.0)
        turns = await _talk(family, port)
        told = await attack.end()
    return turns, told["made"] / told["seconds"]


def _latencies_ms(turns: Sequence[Turn]) -> list[float]:
    return [1000 * (t.sounded_s - t.spoke_until_s) for t in turns if t.sounded_s is not None]


def _p95_ms(turns: Sequence[Turn]) -> float | None:
    return quantile(_latencies_ms(turns), 0.95)


def _row(
    port: Port,
    kind: str,
    number: int,
    turns: Sequence[Turn],
    calm_p95_ms: float | None,
    made: float,
) -> Row:
    found_ms = _latencies_ms(turns)
    p95_ms = quantile(found_ms, 0.95)
    added_ms = None if p95_ms is None or calm_p95_ms is None else p95_ms - calm_p95_ms
    return {
        "port": port.name,
        "kind": kind,
        "connections": number,
        "a_second": round(made),
        "turns": len(turns),
        "lost": len(turns) - len(found_ms),
        "p50_ms": rounded(quantile(found_ms, 0.5)),
        "p95_ms": rounded(p95_ms),
        "added_p95_ms": rounded(added_ms),
        "held": added_ms is not None and added_ms <= MAX_ADDED_MS,
    }


def _table(rows: Sequence[Row]) -> Table:
    shown = Table(title="Turns under attack")
    for name in rows[0]:
        shown.add_column(
            name.replace("_", " "), justify="left" if name in ("port", "kind") else "right"
        )
    for row in rows:
        shown.add_row(*(str(value) for value in row.values()))
    return shown
