"""`pommai-hub children`: who they are, and whose each toy is."""

import argparse
import asyncio
from contextlib import aclosing
from typing import Final
from urllib.parse import quote

from hub.cli import options
from hub.cli.answers import console, print_json, print_table, show
from hub.cli.client import HubClient, Json, any_hub, toy_path
from hub.config import Config
from hub.domain.family.voice_hints import AGREED_TO
from hub.domain.safety import SafetyLevel
from hub.errors import RefusedError
from hub.providers.models.models import VOICE_MODEL

ACTIONS: Final = {
    "list": "show all children, and their toys",
    "add": "add a child",
    "set": "change a profile",
    "archive": "put a child aside: no toy is theirs, and what was said stays",
    "restore": "take an archived child back",
    "voice-hint": "let shared toys guess by a child's voice that it speaks, or erase what they know of it",
    "remove": "remove a child, with all that was said",
    "export": "print all that is kept of a child, one JSON object a line",
    "toy": "say whose toy one is",
    "hand": "say which of its children has a toy now",
}
AS_TOYS: Final = "as-toys"
PROFILE: Final = {
    "pronouns": "such as she/her",
    "likes": "such as “dinosaurs, drawing”",
    "avoid": "what a toy had better not begin to speak of",
    "gentle": "what it is to be gentle about",
    "languages": "that the child speaks",
}


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    actions = parser.add_subparsers(dest="action", metavar=" | ".join(ACTIONS), required=True)
    for name, summary in ACTIONS.items():
        action = options.add_action(actions, name, summary)
        if name != "export":
            action.add_argument("--json", action="store_true", help="print JSON")
        if name == "toy":
            action.add_argument("toy", metavar="TOY")
            action.add_argument("children", metavar="NAME", nargs="*", help="none: nobody's")
        elif name == "hand":
            action.add_argument("toy", metavar="TOY")
            action.add_argument("child", metavar="NAME", nargs="?", help="none: nobody knows")
        elif name != "list":
            action.add_argument("name", metavar="NAME")
        if name == "set":
            action.add_argument("--name", dest="new_name", metavar="NAME", help="another name")
        if name in ("add", "set"):
            action.add_argument("--born", metavar="DATE", help="2019, 2019-05 or 2019-05-17")
            for name_of, summary in PROFILE.items():
                action.add_argument(f"--{name_of}", metavar="TEXT", help=summary)
            action.add_argument(
                "--level",
                choices=(*SafetyLevel, AS_TOYS),
                help=f"how careful every toy is at least with this child; {AS_TOYS}: as each is set",
            )
        if name == "voice-hint":
            which = action.add_mutually_exclusive_group(required=True)
            which.add_argument("--agree", action="store_true", help=AGREED_TO)
            which.add_argument("--erase", action="store_true", help="turn it off, and erase it")
        if name == "remove":
            action.add_argument("--yes", action="store_true", help="really remove it")


def run(args: argparse.Namespace, config: Config) -> int:
    if args.action == "export":
        asyncio.run(_export(args.name, config))
        return 0
    answer = asyncio.run(_ask(args, config))
    return show(args, answer, _show, _told)


async def _export(name: str, config: Config) -> None:
    async with any_hub(config) as hub, aclosing(hub.lines("POST", f"{_path(name)}/export")) as rows:
        async for row in rows:
            print_json(row)


async def _ask(args: argparse.Namespace, config: Config) -> Json:
    async with any_hub(config) as hub:
        match args.action:
            case "list":
                return await hub.call("GET", "/children")
            case "add":
                return await hub.call("POST", "/children", name=args.name, **_profile(args))
            case "set":
                changes = {"name": args.new_name, **_profile(args)}
                return await hub.call("PATCH", _path(args.name), **changes)
            case "archive" | "restore":
                archived = args.action == "archive"
                return await hub.call("PATCH", _path(args.name), archived=archived)
            case "voice-hint":
                path = f"{_path(args.name)}/voice-hint"
                if args.erase:
                    return await hub.call("DELETE", path)
                return await hub.call("PUT", path, agreed=True)
            case "toy":
                path = f"{toy_path(args.toy)}/children"
                return await hub.call("PUT", path, children=args.children)
            case "hand":
                return await hub.call(
                    "PUT", f"{toy_path(args.toy)}/speaker", child=args.child or ""
                )
        return await _remove(hub, args)


async def _remove(hub: HubClient, args: argparse.Namespace) -> Json:
    if not args.yes:
        child = await hub.call("GET", _path(args.name))
        raise RefusedError(
            f"{child['name']}'s profile, memories and limits would go for good, with {child['turns']} exchanges: "
            "say --yes to do it"
        )
    return await hub.call("DELETE", _path(args.name))


def _profile(args: argparse.Namespace) -> Json:
    told = {name: getattr(args, name) for name in ("born", *PROFILE)}
    return told | {"safety_level": "" if args.level == AS_TOYS else args.level}


def _path(name: str) -> str:
    return f"/children/{quote(name, safe='')}"


def _told(args: argparse.Namespace, answer: Json) -> str:
    """One line for a person."""
    match args.action:
        case "add":
            return (
                f"{answer['name']} is added; say whose toy one is: pommai-hub children toy TOY NAME"
            )
        case "toy":
            names = " and ".join(child["name"] for child in answer["children"])
            return f"{args.toy} is {names}'s now." if names else f"{args.toy} is nobody's now."
        case "hand":
            if not answer["child"]:
                return f"Nobody knows who has {answer['toy']}."
            return f"{answer['child']} has {answer['toy']} now, for this talk or the next."
        case "voice-hint":
            if args.erase:
                return f"What toys knew of {answer['name']}'s voice is erased, and it is off."
            return (
                f"{answer['voice_hint']['agreed_to']}\nA running hub fetches the model for it; else: "
                f"pommai-hub models get {VOICE_MODEL}"
            )
        case "set":
            return f"{answer['name']}'s profile is changed."
        case "archive":
            return f"{answer['name']} is archived."
        case "restore":
            return f"{answer['name']} is back; no toy is theirs yet."
    return options.REMOVED.format(name=args.name, **answer)


def _show(answer: Json) -> None:
    if not answer["children"]:
        console.print("No child yet; add one: pommai-hub children add NAME --born 2019")
        return
    rows = [
        (
            f"{child['name']} (archived)" if child["archived"] else child["name"],
            "" if child["age"] is None else child["age"],
            *(child["born"], child["pronouns"], child["safety_level"] or ""),
            *(", ".join(child["toys"]), child["turns"]),
        )
        for child in answer["children"]
    ]
    print_table(("Child", "Age", "Born", "Pronouns", "Level", "Toys", "Exchanges"), rows)
