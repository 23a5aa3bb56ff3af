"""`pommai-hub trace`: what took how long in a turn, and how its microphone sounded; without its words.

It is drawn as a waterfall: one row for each piece of work, one bar from its start to its end. A light bar is
waiting for the first result, a full one what comes after it; the line is the end of speech. What is outside the
axis is cut with an arrow: long before the end of speech, or after the last new sound.
"""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from hub.cli.answers import print_json
from hub.cli.client import Json, any_hub
from hub.config import Config

BEFORE_MS: Final = 500.0
"""What is shown of the time before the end of speech."""
BAR_CELLS: Final = 40
NAMES: Final = {
    "stt": "hear",
    "check": "check",
    "judge": "judge",
    "recall": "recall",
    "llm": "think",
    "activity": "do",
    "tts": "voice",
    "send": "send",
}
PACED: Final = ("tts", "send")

console = Console(highlight=False, emoji=False)


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    parser.add_argument("turn", metavar="TURN", help='how its id begins, or "last"')
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace, config: Config) -> int:
    trace = asyncio.run(_trace(args.turn, config))
    if args.json:
        print_json(trace)
    else:
        console.print(waterfall(trace))
    return 0


async def _trace(turn: str, config: Config) -> Json:
    async with any_hub(config) as hub:
        return await hub.call("GET", f"/turns/{quote(turn, safe='')}/trace")


@dataclass(frozen=True, slots=True)
class Axis:
    """Milliseconds to cells."""

    from_ms: float
    to_ms: float

    def cell(self, at_ms: float) -> int:
        """0 to BAR_CELLS - 1; below or above where it is outside."""
        return int((at_ms - self.from_ms) / (self.to_ms - self.from_ms) * BAR_CELLS)


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    by: str
    start_ms: float
    first_ms: float | None
    end_ms: float | None
    failed: bool = False
    discarded: bool = False
    paced: bool = False
    """After its first result it goes on at the pace of playing."""


def waterfall(trace: Json) -> Group:
    """All that a terminal of 80 columns shows of a trace."""
    shown: list[RenderableType] = [Text.assemble(("Turn", "bold"), " ", _heading(trace))]
    if rows := _rows(trace):
        shown.append(_table(rows))
    if trace["error"]:
        shown.append(Text(trace["error"], "red"))
    if trace["refused"]:
        shown.append(Text(f"Refused by the guard: {', '.join(trace['refused'])}", "yellow"))
    steps = ", ".join(f"{step} {ms:.0f}" for step, ms in trace["timings_ms"].items())
    shown.append(Text(f"Steps, in ms after the end of speech: {steps or 'none'}"))
    if sound := trace["sound"]:
        shown.append(Text(_sound(sound)))
        if sound["hint"]:
            shown.append(Text(f"Hint: {sound['hint']}", "yellow"))
    return Group(*shown)


def _heading(trace: Json) -> str:
    began = datetime.fromisoformat(trace["started_at"]).astimezone()
    when = f"{began:%d %b %Y %H:%M:%S}"
    parts = (trace["id"][:8], trace["toy"], when, trace["source"], trace["state"])
    return " · ".join(part for part in parts if part)


def _rows(trace: Json) -> list[Row]:
    """In the order of their beginnings."""
    rows = [
        Row(
            f"{NAMES.get(span['work'], span['work'])} {span['clause'] or ''}".strip(),
            span["provider"],
            span["start_ms"],
            span["first_ms"],
            span["end_ms"],
            failed=span["failed"],
            discarded=span.get("discarded", False),
            paced=span["work"] in PACED,
        )
        for span in trace["spans"]
    ]
    if (endpoint_ms := trace["timings_ms"].get("endpoint")) is not None:
        rows.append(Row("silence", "", 0.0, None, endpoint_ms))
    return sorted(rows, key=lambda row: row.start_ms)


def _axis(rows: Sequence[Row]) -> Axis:
    ends = [row.first_ms if row.paced else row.end_ms for row in rows]
    latest_ms = max(ms for ms in (1.0, *ends, *(row.start_ms for row in rows)) if ms is not None)
    earliest_ms = min(0.0, *(row.start_ms for row in rows))
    return Axis(max(earliest_ms, -BEFORE_MS), 1.05 * latest_ms)


def _table(rows: Sequence[Row]) -> Table:
    axis = _axis(rows)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for title in ("work", "by"):
        table.add_column(title, no_wrap=True)
    for title in ("from", "first", "to ms"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column(_scale(axis), no_wrap=True, width=BAR_CELLS)
    for row in rows:
        outcome = _ms(row.first_ms)
        if row.failed or row.discarded:
            outcome = Text("failed", "red") if row.failed else Text("unused", "dim")
        table.add_row(
            Text(row.name),
            Text(row.by),
            _ms(row.start_ms),
            outcome,
            _ms(row.end_ms),
            _bar(row, axis),
        )
    return table


def _ms(ms: float | None) -> Text:
    return Text("" if ms is None else f"{ms:.0f}")


def _scale(axis: Axis) -> Text:
    """The times at the axis's ends, and 0 where speech ended."""
    before = f"{axis.from_ms:.0f}" if axis.cell(0.0) > len(f"{axis.from_ms:.0f}") else ""
    return Text(f"{before:<{axis.cell(0.0)}}0".ljust(BAR_CELLS - 7) + f"{axis.to_ms:>7.0f}")


def _bar(row: Row, axis: Axis) -> Text:
    cells = [" "] * BAR_CELLS
    cells[axis.cell(0.0)] = "│"
    start = axis.cell(row.start_ms)
    end = BAR_CELLS if row.end_ms is None else max(axis.cell(row.end_ms), start)
    first = end if row.first_ms is None else axis.cell(row.first_ms)
    for cell in range(max(start, 0), min(end + 1, BAR_CELLS)):
        cells[cell] = "░" if cell < first else "█"
    if start < 0:
        cells[0] = "◀"
    if end >= BAR_CELLS:
        cells[-1] = "▶"
    return Text("".join(cells), "red" if row.failed else "cyan")


def _sound(sound: Json) -> str:
    return (
        f"Microphone: level {sound['level_dbfs']:.0f} dBFS, noise {sound['noise_dbfs']:.0f} dBFS, "
        f"{sound['clipped_ratio']:.1%} clipped, {sound['gaps']} gaps, {sound['missing_ms']:.0f} ms missing"
    )
