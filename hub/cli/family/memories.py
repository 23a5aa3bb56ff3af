"""`pommai-hub memories`: what toys remember of each child."""

import argparse
import asyncio
from datetime import datetime
from typing import Final
from urllib.parse import quote

from rich.text import Text

from hub.cli import options
from hub.cli.answers import console, print_table, show
from hub.cli.client import HubClient, Json, any_hub
from hub.config import Config
from hub.errors import RefusedError

ACTIONS: Final = {
    "list": "show what toys remember of a child",
    "on": "let toys remember a child from talk to talk",
    "off": "let them remember nothing more, and use nothing that they know",
    "add": "add a line of your own",
    "change": "put a line right",
    "erase": "erase a line for good",
    "erase-all": "erase all lines of a child for good",
}
OF_A_LINE: Final = ("change", "erase")
SOURCES: Final = {"rules": "said", "model": "said", "parent": "a parent"}


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    actions = parser.add_subparsers(dest="action", metavar=" | ".join(ACTIONS), required=True)
    for name, summary in ACTIONS.items():
        action = options.add_action(actions, name, summary)
        action.add_argument("--json", action="store_true", help="print JSON")
        if name in OF_A_LINE:
            action.add_argument("id", metavar="ID", help="of the line, as `list` shows it")
        else:
            action.add_argument("name", metavar="NAME", help="of the child")
        if name in ("add", "change"):
            action.add_argument("text", metavar="TEXT")
        if name == "on":
            action.add_argument(
                "--cloud",
                action=argparse.BooleanOptionalAction,
                help="models outside your home may be told, too, with names masked",
            )
        if name == "erase-all":
            action.add_argument("--yes", action="store_true", help="really erase them")


def run(args: argparse.Namespace, config: Config) -> int:
    answer = asyncio.run(_ask(args, config))
    return show(args, answer, _show, _told)


async def _ask(args: argparse.Namespace, config: Config) -> Json:
    async with any_hub(config) as hub:
        match args.action:
            case "list":
                return await hub.call("GET", _path(args.name))
            case "on":
                return await hub.call("PATCH", _path(args.name), on=True, cloud=args.cloud)
            case "off":
                return await hub.call("PATCH", _path(args.name), on=False)
            case "add":
                return await hub.call("POST", _path(args.name), text=args.text)
            case "change":
                return await hub.call("PATCH", _line(args.id), text=args.text)
            case "erase":
                return await hub.call("DELETE", _line(args.id))
        return await _erase_all(hub, args)


async def _erase_all(hub: HubClient, args: argparse.Namespace) -> Json:
    if not args.yes:
        known = await hub.call("GET", _path(args.name))
        raise RefusedError(
            f"{len(known['memories'])} lines about {known['child']} would go for good: say --yes to do it"
        )
    return await hub.call("DELETE", _path(args.name))


def _path(child: str) -> str:
    return f"/children/{quote(child, safe='')}/memories"


def _line(memory_id: str) -> str:
    return f"/memories/{quote(memory_id, safe='')}"


def _told(args: argparse.Namespace, answer: Json) -> str:
    """One line for a person."""
    match args.action:
        case "on":
            where = "; models outside your home may be told" if answer["cloud"] else ""
            return f"Toys remember {answer['child']} from now on{where}."
        case "off":
            return (
                f"Toys remember nothing of {answer['child']}; what they knew is kept, and not used."
            )
        case "add":
            return f"Toys know that of {answer['child']} from the next turn on."
        case "change":
            return f"It is now: {answer['text']}"
        case "erase":
            return "The line is erased."
    return f"All lines about {answer['child']} are erased."


def _show(answer: Json) -> None:
    state = "remember" if answer["on"] else "do not remember"
    console.print(Text(f"Toys {state} {answer['child']} from talk to talk."))
    if not answer["memories"]:
        return
    rows = []
    for line in answer["memories"]:
        source = SOURCES[line["source"]] + (", talk gone" if line["turn_gone"] else "")
        days = (_day(line["learned_at"]), _day(line["replaced_at"]))
        rows.append((line["text"], *days, f"{line['sure']:.0%}", source, line["id"]))
    print_table(("Line", "Since", "Until", "Sure", "From", "Id"), rows)


def _day(at: str | None) -> str:
    """2026-05-04, here."""
    return datetime.fromisoformat(at).astimezone().date().isoformat() if at else ""
