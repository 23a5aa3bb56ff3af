"""`pommai-hub quiet on / off`: toys finish what they say and then answer nobody, until it is over."""

import argparse
import asyncio
from pathlib import Path

from rich.console import Console

from hub.cli.stop import hub_or_household
from hub.config import Config

console = Console(highlight=False, soft_wrap=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("state", choices=("on", "off"))


def run(args: argparse.Namespace, config: Config) -> int:
    quiet = args.state == "on"
    asyncio.run(_set_quiet(quiet, config.hub.data))
    told = "Quiet time; `pommai-hub quiet off` ends it." if quiet else "Quiet time is over."
    console.print(told, markup=False)
    return 0


async def _set_quiet(quiet: bool, data: Path) -> None:
    async with hub_or_household(data) as either:
        await either.set_quiet(quiet)
