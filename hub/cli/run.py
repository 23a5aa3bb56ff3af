"""`pommai-hub run`: the hub, until Ctrl-C or SIGTERM."""

import argparse
import os

from rich.console import Console

from hub.app import App, Ready
from hub.cli.heap import share_one_heap
from hub.cli.lifetime import run_until_stopped
from hub.config import Config

console = Console(highlight=False, soft_wrap=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--interface",
        metavar="ADDR",
        action="append",
        dest="POMMAI_HUB__INTERFACES",
        help="look for toys on this address only; may be given again",
    )
    parser.add_argument(
        "--host",
        metavar="ADDR",
        dest="POMMAI_GUARDIAN__HOST",
        help="address of the Guardian pages (default: 127.0.0.1)",
    )
    parser.add_argument(
        "--port",
        type=int,
        dest="POMMAI_GUARDIAN__PORT",
        help="port of the Guardian pages (default: 8770; 0 takes a free one)",
    )


def run(args: argparse.Namespace, config: Config) -> int:
    share_one_heap()
    run_until_stopped(_serve(config))
    console.print("Stopped.")
    return 0


async def _serve(config: Config) -> None:
    async with App(config, os.environ) as app:
        await app.serve(_say_ready, _say_code)


def _say_ready(ready: Ready) -> None:
    console.print(f"Using {ready.providers}", markup=False)
    console.print(f"Guardian pages: {ready.guardian_url}", markup=False)
    if ready.setup_code:
        _say_code(ready.setup_code)


def _say_code(code: str) -> None:
    console.print(f"One-time code to choose a password there: {code}", markup=False)
