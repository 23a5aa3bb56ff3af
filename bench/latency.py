"""From the end of a child's speech to the toy's first sound: ours, other servers and no server at all, side by side.

All wait for 200 ms of silence and use the same stub services; ours also runs every check of the guard. The
rounds are interleaved, so that what else the machine does hits all alike. See docs/measuring.md.
"""

from rich.console import Console
from rich.table import Table

from bench.peers.drive import OURS, PEERS, Load, drive_apart
from bench.peers.results import Run, figures, quantile, rounded
from bench.peers.stubs import PRESETS

ROUNDS = 3
LOAD = Load(sessions=6, turns=2)
Row = dict[str, str | float | int | None]


async def run(console: Console) -> list[Row]:
    runs: dict[tuple[str, str], list[Run]] = {}
    for number in range(ROUNDS):
        for preset in PRESETS:
            for peer in PEERS:
                with console.status(f"round {number + 1} of {ROUNDS}: {peer}, {preset}"):
                    found = await drive_apart(peer, preset, LOAD)
                runs.setdefault((preset, peer), []).append(found)
    rows = [row(found) for found in runs.values()]
    for preset, delays in PRESETS.items():
        title = f"{preset}: of which {1000 * delays.floor_s:.0f} ms are the services'"
        console.print(table(title, [shown for shown in rows if shown["preset"] == preset]))
    return rows


def row(runs: list[Run]) -> Row:
    """One peer and preset, over all rounds."""
    found = [figures(one) for one in runs]
    latency = [ms for one in found for ms in one.latency_ms]
    behind = [ms for one in found for ms in one.behind_ms]
    endpoint = [ms for one in found for ms in one.endpoint_ms]
    return {
        "peer": runs[0].peer,
        "preset": runs[0].preset,
        "p50_ms": rounded(quantile(latency, 0.5)),
        "p95_ms": rounded(quantile(latency, 0.95)),
        "behind_endpointer_p95_ms": rounded(quantile(behind, 0.95)),
        "behind_endpointer_p50_ms": rounded(quantile(behind, 0.5)),
        "endpointer_p50_ms": rounded(quantile(endpoint, 0.5)),
        "turns": sum(one.turns for one in found),
        "answered": sum(one.answered for one in found),
        "early": sum(one.early for one in found),
        "load_late_p95_ms": rounded(max(one.lag_p95_ms for one in runs)),
    }


def table(title: str, rows: list[Row]) -> Table:
    shown = Table(title=title)
    for name in rows[0]:
        if name != "preset":
            shown.add_column(name.removesuffix("_ms").replace("_", " "), justify="right")
    for one in sorted(rows, key=lambda one: one["p50_ms"] or 0.0):
        style = "bold" if one["peer"] == OURS else None
        cells = (str(value) for name, value in one.items() if name != "preset")
        shown.add_row(*cells, style=style)
    return shown
