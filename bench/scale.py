"""How many toys one core holds: latency, processor and memory of our hub under 10 to 160 toys that all stream.

Each toy streams its room for the hub's neural voice detector and speaks every six seconds. A level is held
when at least 98 % of the turns are answered and what the hub adds, beyond the services' time and the 200 ms of
silence, is under 200 ms at the 95th percentile. See docs/measuring.md.
"""

from rich.console import Console
from rich.table import Table

from bench.peers.drive import OURS, Load, drive_apart
from bench.peers.results import Run, figures, quantile, rounded
from bench.peers.stubs import PRESETS

LEVELS = (10, 20, 40, 60, 80, 100, 160)
PRESET = "instant"
TURNS = 2
HELD_MS = 200.0
HELD_ANSWERED = 0.98
Row = dict[str, float | int | bool | None]


async def run(console: Console) -> list[Row]:
    rows = []
    for toys in LEVELS:
        with console.status(f"{toys} toys"):
            rows.append(row(await drive_apart(OURS, PRESET, Load(sessions=toys, turns=TURNS))))
    shown = Table(title="One core")
    for name in rows[0]:
        shown.add_column(name.replace("_", " "), justify="right")
    for one in rows:
        shown.add_row(*(str(value) for value in one.values()))
    console.print(shown)
    held = max((one["toys"] or 0 for one in rows if one["held"]), default=0)
    console.print(f"held: {held} toys")
    return rows


def row(run: Run) -> Row:
    found = figures(run)
    unavoidable_ms = 1000 * PRESETS[run.preset].floor_s + (run.wait_ms or 0.0)
    latency_p95_ms = quantile(found.latency_ms, 0.95)
    added_ms = None if latency_p95_ms is None else latency_p95_ms - unavoidable_ms
    enough = found.answered >= HELD_ANSWERED * found.turns
    return {
        "toys": run.sessions,
        "p95_added_ms": rounded(added_ms),
        "cpu_percent": rounded(run.cpu_percent),
        "rss_mb": rounded(run.rss_mb),
        "base_rss_mb": rounded(run.base_rss_mb),
        "rss_mb_per_toy": round((run.rss_mb - run.base_rss_mb) / run.sessions, 2),
        "turns": found.turns,
        "answered": found.answered,
        "early": found.early,
        "load_late_p95_ms": rounded(run.lag_p95_ms),
        "held": enough and added_ms is not None and added_ms < HELD_MS,
    }
