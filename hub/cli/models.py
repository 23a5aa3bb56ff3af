"""`pommai-hub models list / get / remove / rate`: better recognisers and voices than the embedded ones, and how a
language model does with children."""

import argparse
import asyncio
import re
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from hub.cli import options, rate
from hub.cli.answers import print_json
from hub.config import Config
from hub.providers.models.models import find_model, get_model, list_models, remove_model
from hub.providers.models.pins import kept_pin
from hub.storage.folder import prepare_folder

console = Console(highlight=False, emoji=False)


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    actions = parser.add_subparsers(
        dest="action", metavar="list | get | remove | rate", required=True
    )
    for name, summary in (
        ("list", "show what can be fetched and what is here"),
        ("get", "fetch a model, going on where an earlier try stopped"),
        ("remove", "delete a model from this machine"),
        ("rate", "try a language model with authored talks, and show its report card"),
    ):
        action = options.add_action(actions, name, summary)
        if name == "rate":
            rate.add_arguments(action)
        elif name == "list":
            action.add_argument("--json", action="store_true", help="print JSON")
        else:
            action.add_argument("name", metavar="NAME")
        if name == "get":
            action.add_argument(
                "--sha256",
                type=_hash,
                metavar="HASH",
                help="what the model's largest file must have, as its publisher names it",
            )


def run(args: argparse.Namespace, config: Config) -> int:
    data = config.hub.data
    match args.action:
        case "rate":
            return rate.run(args, config)
        case "get":
            find_model(args.name)  # before there is a bar for it
            prepare_folder(data)
            asyncio.run(_get(args.name, data, args.sha256 or ""))
        case "remove":
            freed = remove_model(args.name, data)
            console.print(Text(f"Removed {args.name}: {freed / 1e6:.0f} MB are free again."))
        case _:
            _list(data, as_json=args.json)
    return 0


def _hash(text: str) -> str:
    if not re.fullmatch("[0-9a-f]{64}", text.lower()):
        raise argparse.ArgumentTypeError("a SHA-256 has 64 hexadecimal digits")
    return text.lower()


def _list(data: Path, *, as_json: bool) -> None:
    models = list_models(data)
    table = Table(box=None, pad_edge=False)
    table.add_column("Name", no_wrap=True, min_width=max(len(s.model.name) for s in models))
    for header in ("For", "Language", "Size", "Here", ""):
        table.add_column(header)
    rows = []
    for status in models:
        model = status.model
        rows.append(
            {
                "name": model.name,
                "kind": model.kind,
                "language": model.language,
                "size_mb": model.size_mb,
                "installed": status.installed,
            }
        )
        here = "yes" if status.installed else ""
        table.add_row(
            model.name, model.kind, model.language, f"{model.size_mb} MB", here, Text(model.note)
        )
    if as_json:
        print_json(rows)
    else:
        console.print(table)


async def _get(name: str, data: Path, sha256: str) -> None:
    known = kept_pin(data, name)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
    ) as bar:
        task = bar.add_task(name, total=None)
        path = await get_model(
            name,
            data,
            lambda done, total: bar.update(task, completed=done, total=total),
            sha256=sha256,
        )
    console.print(Text(f"{name} is ready in {path}; a hub takes it at its next start."))
    pin = kept_pin(data, name)
    if pin is not None and pin != known:
        main = find_model(name).files[0]
        console.print(
            Text(
                f"Nobody has checked it for you: it is pinned as it came, {main} with the SHA-256 "
                f"{pin.sha256[main]}. What is fetched later must be the same."
            )
        )
