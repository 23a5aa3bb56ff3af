"""`pommai-hub stop`: silence every toy at once, until `pommai-hub resume`; also where no hub runs."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from hub.cli.remote import RemoteHub, running_hub
from hub.config import Config
from hub.errors import AlreadyRunningError, LinkError

if TYPE_CHECKING:
    from hub.storage.household import HouseholdRepository

BEGINNING_S: Final = 30.0
"""How long a hub may hold the data folder without answering: it is starting or ending."""
LOOK_EVERY_S: Final = 0.2

console = Console(highlight=False, soft_wrap=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", default="", help="why, for the Guardian pages")


def run(args: argparse.Namespace, config: Config) -> int:
    asyncio.run(_stop(args.reason, config.hub.data))
    console.print("All toys are stopped; `pommai-hub resume` lets them talk again.", markup=False)
    return 0


async def _stop(reason: str, data: Path) -> None:
    try:
        async with hub_or_household(data) as either:
            await either.stop(reason)
    except (AlreadyRunningError, LinkError) as error:
        from hub.cli import folder

        async with folder.household(data) as kept:
            await kept.stop(reason)
        raise LinkError(
            "the running hub doesn't answer, so its toys may still talk: end it; it will start "
            f"stopped ({error})"
        ) from error


@asynccontextmanager
async def hub_or_household(data: Path) -> "AsyncIterator[RemoteHub | HouseholdRepository]":
    """The hub that runs on this data folder, waited for while it starts; else the folder alone."""
    waited_s = 0.0
    while True:
        async with running_hub(data) as remote:
            if remote is not None:
                yield remote
                return
        from hub.cli import folder

        try:
            async with folder.locked_household(data) as kept:
                yield kept
                return
        except AlreadyRunningError:
            if waited_s >= BEGINNING_S:
                raise
        await asyncio.sleep(LOOK_EVERY_S)
        waited_s += LOOK_EVERY_S
