"""`pommai-hub password`: a new password for a guardian, for whoever owns the hub's computer."""

import argparse
import asyncio
import getpass
import sys

from rich.console import Console

from hub.cli.client import any_hub
from hub.cli.terminal import wrapped
from hub.config import Config
from hub.core.people.passwords import MAX_PASSWORD_CHARS, NOT_THE_SAME
from hub.errors import RefusedError

console = Console(highlight=False, soft_wrap=True, emoji=False)


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    parser.description = (
        "Choose a new password for the Guardian pages; without a terminal, type it to stdin."
    )
    parser.add_argument(
        "name", metavar="NAME", nargs="?", default="", help="whose; not needed while there is one"
    )


def run(args: argparse.Namespace, config: Config) -> int:
    asyncio.run(_replace(args.name, _asked_for(), config))
    said = "The new password holds. Every phone and browser was signed out."
    console.print(wrapped(said, sys.stdout), markup=False)
    return 0


def _asked_for() -> str:
    """Raises RefusedError where it is typed differently the second time."""
    if not sys.stdin.isatty():
        return sys.stdin.readline(MAX_PASSWORD_CHARS + 2).rstrip("\n")
    password = getpass.getpass("New password: ")
    if getpass.getpass("The same again: ") != password:
        raise RefusedError(NOT_THE_SAME)
    return password


async def _replace(name: str, password: str, config: Config) -> None:
    async with any_hub(config) as hub:
        await hub.call("PUT", "/household/password", name=name, password=password)
