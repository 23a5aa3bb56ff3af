"""`pommai-hub toys list / adopt / pair / release / watch / update / set …`: satellites and the toys in them."""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.cli import options, orders
from hub.cli.lifetime import run_until_stopped
from hub.cli.remote import RemoteHub, running_hub
from hub.cli.updating import update
from hub.cli.watching import show
from hub.config import Config
from hub.domain.clock import SystemClock
from hub.domain.toys import Pairing
from hub.errors import NotFoundError
from hub.house_requests import Json

if TYPE_CHECKING:
    from hub.house import House

LINK_WORDS = {
    Pairing.NONE: "not encrypted",
    Pairing.CLOSED: "hold its button to pair",
    Pairing.OPEN: "waiting for its code",
    Pairing.ELSEWHERE: "paired with another hub",
    Pairing.PAIRED: "paired, encrypted",
}

ROOM_HEARD = (
    "If it sends the sound of its room all the time, any voice there begins a talk: "
    "choose otherwise with `pommai-hub toys room`."
)

console = Console(highlight=False)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(
        dest="action",
        metavar="list | adopt | pair | release | watch | update | set | …",
        required=True,
    )
    for name, summary in (
        ("list", "show what is found on the network and what is adopted"),
        ("adopt", "make a found plain satellite yours"),
        ("pair", "make a toy known to this hub alone, by the code that it says"),
        ("release", "let go of an adopted satellite; a paired one forgets this hub"),
        ("watch", "show what passes between hub and satellite, without the words, until Ctrl-C"),
        ("update", "bring a paired toy this hub's version of its software"),
        *orders.SUMMARIES.items(),
    ):
        action = actions.add_parser(
            name,
            help=summary,
            description=f"{summary.capitalize()}.",
            parents=[options.settings()],
        )
        action.add_argument("--json", action="store_true", help="print JSON")
        if name != "list" and name not in orders.PAUSES:
            action.add_argument("satellite", metavar="NAME|HOST:PORT")
        if name == "pair":
            action.add_argument("code", metavar="CODE", help="the six digits that it says")
        if name in ("adopt", "pair"):
            action.add_argument("--toy", metavar="NAME", help="the character that moves in")
        orders.add_arguments(name, action)


def run(args: argparse.Namespace, config: Config) -> int:
    if args.action == "watch":
        run_until_stopped(_watch(args, config))
        return 0
    if args.action == "update":
        run_until_stopped(_update(args, config))
        return 0
    answer = asyncio.run(_ask(args, config))
    if args.json:
        print(json.dumps(answer, ensure_ascii=False))  # noqa: T201 - what --json is for
    elif args.action == "list":
        _show(answer)
    elif args.action in orders.SUMMARIES:
        console.print(Text(orders.told(args.action, answer)))
    elif args.action == "adopt":
        console.print(
            Text(f"Adopted {answer['name']}; {answer['toy']} lives in it now. {ROOM_HEARD}")
        )
    elif args.action == "pair":
        console.print(Text(f"Paired with {answer['name']}; {answer['toy']} lives in it now."))
    else:
        detail = f" But {answer['state_detail']}." if answer["state_detail"] else ""
        console.print(Text(f"Released {answer['name']}.{detail}"))
    return 0


async def _ask(args: argparse.Namespace, config: Config) -> Json:
    async with _house(config) as house:
        match args.action:
            case "adopt":
                return await house.adopt(args.satellite, args.toy)
            case "pair":
                return await house.pair(args.satellite, args.code, args.toy)
            case "release":
                return await house.release(args.satellite)
            case "list":
                return await house.toys()
            case _:
                return await orders.ask(house, args)


async def _watch(args: argparse.Namespace, config: Config) -> None:
    async with running_hub(config.hub.data) as remote:
        if remote is None:
            raise NotFoundError("no hub runs here that could be watched: start `pommai-hub run`")
        async with aclosing(remote.watch(args.satellite)) as messages:
            if not args.json:
                await show(messages, console)
                return
            async for message in messages:
                print(json.dumps(message, ensure_ascii=False), flush=True)  # noqa: T201 - --json


async def _update(args: argparse.Namespace, config: Config) -> None:
    async with running_hub(config.hub.data) as remote:
        if remote is None:
            raise NotFoundError("no hub runs here that could update it: start `pommai-hub run`")
        shown = None if args.json else console
        updated = await update(remote, args.satellite, SystemClock(), shown)
    if args.json:
        print(json.dumps(updated, ensure_ascii=False))  # noqa: T201 - what --json is for
    else:
        console.print(Text(f"{updated['name']} runs {updated['firmware']} now."))


@asynccontextmanager
async def _house(config: Config) -> "AsyncIterator[RemoteHub | House]":
    """The hub that runs on this data folder; else the household, opened for this one command."""
    async with running_hub(config.hub.data) as remote:
        if remote is not None:
            yield remote
            return
    from hub.cli import own_hub

    async with own_hub.house(config) as house:
        yield house


def _show(house: Json) -> None:
    table = Table(box=None, pad_edge=False)
    for header in ("Satellite", "State", "Link", "Toy", "Address", "Hardware"):
        table.add_column(header, overflow="fold")  # never cut: names and reasons are acted upon
    for satellite in house["satellites"]:
        state = satellite["state"] if satellite["adopted"] else "found, not adopted"
        if satellite["state_detail"]:
            state += f" ({satellite['state_detail']})"
        columns = (
            *(satellite["name"], state, LINK_WORDS[satellite["pairing"]], satellite["toy"] or ""),
            *(", ".join(satellite["addresses"]), satellite["hardware"]),
        )
        table.add_row(*map(Text, columns))
    if not house["satellites"]:
        console.print("No satellite is found or adopted; start one with: pommai-satellite run")
    else:
        console.print(table)
    console.print(Text("Toys: " + ", ".join(toy["name"] for toy in house["toys"])))
