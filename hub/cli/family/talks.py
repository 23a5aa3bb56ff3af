"""`pommai-hub talks`: what was said, found, deleted, saved, and how long it is kept."""

import argparse
import asyncio
from contextlib import aclosing
from typing import Final

from rich.console import Console
from rich.text import Text

from hub.cli import options
from hub.cli.answers import print_json, print_table
from hub.cli.client import HubClient, Json, any_hub
from hub.config import Config
from hub.domain.talks.kept import ASKED_ELSEWHERE, RemovalScope
from hub.errors import RefusedError

ACTIONS: Final = {
    "list": "list the talks, the newest first",
    "show": "print a talk",
    "search": "look for words in all that was said",
    "delete": "delete a turn, a talk, a day, all with a toy or of a child, or everything",
    "undo": "bring back what was deleted within the last minute",
    "deleted": "list what was deleted",
    "keep": "say or choose for how many days what was said is kept",
    "export": "print every turn, one JSON object a line",
    "corrections": "print the turns about which the guard was wrong in a parent's eyes, as JSON",
}
SCOPES: Final = [scope.value for scope in RemovalScope if scope not in ASKED_ELSEWHERE]

console = Console(highlight=False, emoji=False)


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    actions = parser.add_subparsers(dest="action", metavar=" | ".join(ACTIONS), required=True)
    for name, summary in ACTIONS.items():
        action = options.add_action(actions, name, summary)
        if name not in ("export", "corrections"):
            action.add_argument("--json", action="store_true", help="print JSON")
        match name:
            case "list":
                action.add_argument("--day", default="", help="such as 2026-11-21")
            case "show":
                action.add_argument("talk", metavar="TALK", help="its id, as `list` has it")
            case "search":
                action.add_argument("words", nargs="+", metavar="WORD")
                action.add_argument("--day", default="", help="such as 2026-11-21")
            case "delete":
                action.add_argument("scope", choices=SCOPES)
                action.add_argument("which", nargs="?", default="", help="an id, or a day")
                action.add_argument("--yes", action="store_true", help="really delete everything")
            case "undo":
                action.add_argument("removal", metavar="ID", help="as `deleted` has it")
            case "keep":
                action.add_argument("days", nargs="?", type=int, help="0: for ever")
            case "export":
                action.add_argument("--talk", default="", metavar="TALK")
                action.add_argument("--since", default="", metavar="DAY")
                action.add_argument("--until", default="", metavar="DAY")


def run(args: argparse.Namespace, config: Config) -> int:
    if args.action == "delete" and args.scope == RemovalScope.EVERYTHING and not args.yes:
        raise RefusedError("that deletes everything that was said: say --yes if you mean it")
    asyncio.run(_run(args, config))
    return 0


async def _run(args: argparse.Namespace, config: Config) -> None:
    async with any_hub(config) as hub:
        if args.action == "export":
            lines = hub.lines(
                "POST", "/talks/export", talk=args.talk, since=args.since, until=args.until
            )
            async with aclosing(lines):
                async for turn in lines:
                    print_json(turn)
            return
        answer = await _ask(args, hub)
    if args.action == "corrections" or args.json:
        print_json(answer)
    else:
        _show(args.action, answer)


async def _ask(args: argparse.Namespace, hub: HubClient) -> Json:
    match args.action:
        case "list":
            return await hub.call("POST", "/talks/list", day=args.day)
        case "show":
            return await _whole_talk(hub, args.talk)
        case "search":
            return await hub.call("POST", "/talks/search", words=" ".join(args.words), day=args.day)
        case "delete":
            return await hub.call("POST", "/talks/removals", scope=args.scope, which=args.which)
        case "undo":
            return await hub.call("DELETE", f"/talks/removals/{args.removal}")
        case "deleted":
            return await hub.call("GET", "/talks/removals")
        case "keep" if args.days is not None:
            return await hub.call("PUT", "/talks/retention", days=args.days)
        case "keep":
            return await hub.call("GET", "/talks/retention")
        case _:
            return await hub.call("GET", "/talks/corrections")


async def _whole_talk(hub: HubClient, talk: str) -> Json:
    page = await hub.call("GET", f"/talks/{talk}")
    turns = page["turns"]
    while page["later"]:
        page = await hub.call("GET", f"/talks/{talk}/from/{page['later']}")
        turns += page["turns"]
    return {"talk": page["talk"], "turns": turns}


def _show(action: str, answer: Json) -> None:
    match action:
        case "list":
            print_table(("talk", "began", "turns", "redirected", "first words"), [
                (one["id"], _time(one["started_at"]), one["turns"], one["refused"], one["first_heard"])
                for one in answer["talks"]
            ])  # fmt: skip
        case "show" | "search":
            for turn in answer["turns"]:
                _say(f"{_time(turn['started_at'])}  {turn['id']}")
                _say(f"  heard: {turn['heard']}")
                _say(f"  said:  {' '.join(turn['said'])}")
            if not answer["turns"]:
                _say("Nothing like that was said.")
        case "delete":
            _say(
                f"{answer['turns']} turns are deleted. `pommai-hub talks undo {answer['id']}` brings them back "
                "within a minute; then a running hub erases them."
            )
        case "undo":
            _say(f"{answer['turns']} turns are back.")
        case "deleted":
            print_table(("id", "what", "turns", "asked", "state"), [
                (one["id"], one["scope"], one["turns"], _time(one["asked_at"]), one["state"])
                for one in answer["removals"]
            ])  # fmt: skip
        case _:
            days = answer["days"]
            _say(f"What was said is kept {f'for {days} days' if days else 'until you delete it'}.")


def _time(text: str) -> str:
    return text[:16].replace("T", " ")


def _say(text: str) -> None:
    console.print(Text(text), soft_wrap=True)
