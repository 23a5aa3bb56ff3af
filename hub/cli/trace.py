"""`pommai-hub trace`: what took how long in a turn, and how its microphone sounded; without its words."""

import argparse
import asyncio
import json
from pathlib import Path

from rich.console import Console

from hub.cli.remote import running_hub
from hub.cli.waterfall import waterfall
from hub.config import Config
from hub.house_requests import Json

console = Console(highlight=False)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("turn", metavar="TURN", help='how its id begins, or "last"')
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace, config: Config) -> int:
    trace = asyncio.run(_trace(args.turn, config.hub.data))
    if args.json:
        print(json.dumps(trace, ensure_ascii=False))  # noqa: T201 - what --json is for
    else:
        console.print(waterfall(trace))
    return 0


async def _trace(turn: str, data: Path) -> Json:
    """From the hub that runs on this data folder, else from the folder itself."""
    async with running_hub(data) as remote:
        if remote is not None:
            return await remote.trace(turn)
    from hub.cli import folder

    return await folder.trace(turn, data)
