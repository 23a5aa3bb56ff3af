"""`pommai-hub stop`, `resume` and `quiet`: what holds for all toys, until somebody says otherwise."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from hub.cli.client import HubClient, running_or
from hub.cli.terminal import wrapped
from hub.config import Config
from hub.domain.clock import SystemClock
from hub.domain.limits import MAX_REASON_CHARS
from hub.errors import AlreadyRunningError, DataError, LinkError
from hub.events import Bus

if TYPE_CHECKING:
    from hub.core.emergency_stop import HouseholdStop
    from hub.storage.repositories.household import HouseholdRepository

console = Console(highlight=False, soft_wrap=True, emoji=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """The household's emergency stop and its settings, on the disk."""

    stop: "HouseholdStop"
    household: "HouseholdRepository"


def add_arguments(parser: argparse.ArgumentParser, command: str) -> None:
    if command == "stop":
        parser.add_argument("--reason", default="", help="why, for the Guardian pages")
    elif command == "quiet":
        parser.add_argument("state", choices=("on", "off"))


def run(args: argparse.Namespace, config: Config) -> int:
    match args.command:
        case "stop":
            asyncio.run(stop(args.reason, config))
            said = "All toys are stopped; `pommai-hub resume` lets them talk again."
        case "resume":
            asyncio.run(resume(config))
            said = "The toys may talk again."
        case _:
            quiet = args.state == "on"
            asyncio.run(_set_quiet(quiet, config))
            said = "Quiet time; `pommai-hub quiet off` ends it." if quiet else "Quiet time is over."
    console.print(wrapped(said, sys.stdout), markup=False)
    return 0


async def stop(reason: str, config: Config) -> None:
    """Raises LinkError where a hub runs that doesn't answer; its next start is stopped then."""
    if len(reason) > MAX_REASON_CHARS:
        raise DataError(f"the reason has {len(reason)} characters; at most {MAX_REASON_CHARS} fit")
    try:
        async with running_or(config.hub.data, partial(_locked, config.hub.data)) as hub:
            if isinstance(hub, HubClient):
                await hub.call("POST", "/household/stop", reason=reason)
            else:
                await hub.stop.call(reason)
    except (AlreadyRunningError, LinkError) as error:
        async with _on_disk(config.hub.data) as kept:
            await kept.stop.call(reason)
        raise LinkError(
            "the running hub doesn't answer, so its toys may still talk: end it; it will start "
            f"stopped ({error})"
        ) from error


async def resume(config: Config) -> None:
    async with running_or(config.hub.data, partial(_locked, config.hub.data)) as hub:
        if isinstance(hub, HubClient):
            await hub.call("DELETE", "/household/stop")
        else:
            await hub.stop.lift()


async def _set_quiet(quiet: bool, config: Config) -> None:
    async with running_or(config.hub.data, partial(_locked, config.hub.data)) as hub:
        if isinstance(hub, HubClient):
            await hub.call("PUT", "/household/quiet", on=quiet)
        else:
            await hub.household.set_quiet(quiet)


@asynccontextmanager
async def _locked(data: Path) -> AsyncIterator["Kept"]:
    """What is kept where no hub runs. A whole hub would take seconds to start."""
    from hub.storage.folder import household_lock

    with household_lock(data):
        async with _on_disk(data) as kept:
            yield kept


@asynccontextmanager
async def _on_disk(data: Path) -> AsyncIterator["Kept"]:
    """What a hub finds when it starts, whoever holds the folder now."""
    from hub.alerts.maker import AlertMaker  # only here: a hub that runs needs none of them
    from hub.core.emergency_stop import HouseholdStop
    from hub.pipeline.emergency_stop import EmergencyStop
    from hub.storage.database import Database
    from hub.storage.store import Store

    clock, bus, turns = SystemClock(), Bus(), EmergencyStop()
    database = await Database.open(data, clock)
    try:
        store = Store(database, bus, clock)
        turns.on = (await store.household.get()).emergency_stopped_at is not None
        yield Kept(HouseholdStop(store, turns, bus, AlertMaker(store, clock)), store.household)
    finally:
        await database.aclose()
