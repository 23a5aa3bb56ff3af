"""How a command shows what a hub answered: as JSON, in words, or as a table."""

import argparse
import json
from collections.abc import Callable, Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.cli.client import Json

console = Console(highlight=False, emoji=False)


def show(
    args: argparse.Namespace,
    answer: Json,
    listed: Callable[[Json], None],
    told: Callable[[argparse.Namespace, Json], str],
) -> int:
    """As JSON where that was asked for; else what `list` asked by `listed`, and what was done as `told`."""
    if args.json:
        print_json(answer)
    elif args.action == "list":
        listed(answer)
    else:
        console.print(Text(told(args, answer)))
    return 0


def print_json(answer: object) -> None:
    print(json.dumps(answer, ensure_ascii=False), flush=True)  # noqa: T201 - what --json is for


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Nothing in it is cut: names and reasons are acted upon."""
    table = Table(box=None, pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    console.print(table)
