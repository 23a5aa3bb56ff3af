"""`pommai-hub resume`: let the toys talk again after `pommai-hub stop`."""

import argparse
import asyncio
from pathlib import Path

from rich.console import Console

from hub.cli.stop import hub_or_household
from hub.config import Config

console = Console(highlight=False, soft_wrap=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none of its own."""


def run(args: argparse.Namespace, config: Config) -> int:
    asyncio.run(_resume(config.hub.data))
    console.print("The toys may talk again.")
    return 0


async def _resume(data: Path) -> None:
    async with hub_or_household(data) as either:
        await either.resume()
