"""`pommai-hub knowledge`: what toys know."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final
from urllib.parse import quote

from rich.console import Console
from rich.text import Text

from hub.cli import options
from hub.cli.answers import print_table, show
from hub.cli.client import HubClient, Json, any_hub
from hub.config import Config
from hub.domain.family.documents import DocumentKind
from hub.errors import RefusedError

ACTIONS: Final = {
    "add": "give toys a file or a text to know",
    "list": "show what they know",
    "show": "read what was taken from a document",
    "remove": "remove a document for good",
    "try": "see what is found for a question, and what a toy would say",
}


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    actions = parser.add_subparsers(dest="action", metavar=" | ".join(ACTIONS), required=True)
    for name, summary in ACTIONS.items():
        action = options.add_action(actions, name, summary)
        action.add_argument("--json", action="store_true", help="print JSON")
        if name == "add":
            action.add_argument(
                "file", metavar="FILE", nargs="?", type=_absolute, help="text, PDF, EPUB …"
            )
            action.add_argument("--text", metavar="TEXT", help="in a file's place")
            action.add_argument("--address", metavar="URL", help="a web page, in a file's place")
            action.add_argument(
                "--at-home", action="store_true", help="the page may be on your own network"
            )
            action.add_argument(
                "--yes", action="store_true", help="keep a web page without looking at it"
            )
            action.add_argument("--title", metavar="TITLE", help="what to call it")
            kinds = [kind.value for kind in DocumentKind]
            action.add_argument("--kind", choices=kinds, help="what it is; default: document")
            action.add_argument(
                "--toy", metavar="NAME", help="who is to know it; default: all toys"
            )
            action.add_argument(
                "--cloud",
                action="store_true",
                help="models outside your home may be told, too, with names masked",
            )
        if name in ("remove", "show"):
            action.add_argument("id", metavar="ID", help="of the document, as `list` shows it")
        if name == "try":
            action.add_argument("toy", metavar="TOY")
            action.add_argument("question", metavar="QUESTION")


def run(args: argparse.Namespace, config: Config) -> int:
    answer = asyncio.run(_ask(args, config))
    return show(args, answer, _show, _told)


async def _ask(args: argparse.Namespace, config: Config) -> Json:
    async with any_hub(config) as hub:
        match args.action:
            case "list":
                return await hub.call("GET", "/knowledge")
            case "remove" | "show":
                how = "DELETE" if args.action == "remove" else "GET"
                return await hub.call(how, f"/knowledge/{quote(args.id, safe='')}")
            case "try":
                return await hub.call(
                    "POST", "/knowledge/try", toy=args.toy, question=args.question
                )
        if [args.file, args.text, args.address].count(None) != 2:
            raise RefusedError(
                "say what toys are to know: a FILE, --text with a sentence, or --address with a web page"
            )
        fetched = await _fetched(args, hub) if args.address else None
        return await hub.call(
            "POST",
            "/knowledge",
            file=args.file,
            text=args.text,
            fetched=fetched,
            title=args.title,
            kind=args.kind,
            toy=args.toy,
            cloud=args.cloud or None,
        )


async def _fetched(args: argparse.Namespace, hub: HubClient) -> str:
    """The id of a page, once whoever asked for it has seen what was taken. Raises RefusedError."""
    found = await hub.call(
        "POST", "/knowledge/fetch", address=args.address, at_home=args.at_home or None
    )
    if not args.yes:
        if not sys.stdin.isatty():
            raise RefusedError("say --yes to keep a web page without looking at it")
        asking = Console(stderr=True, highlight=False, emoji=False)
        asking.print(
            Text(f"{found['text']}\n\n{found['characters']} characters: {found['address']}")
        )
        if asking.input("Keep it? [y/N] ").strip().lower() not in ("y", "yes"):
            raise RefusedError("it is not kept")
    return str(found["id"])


def _absolute(file: str) -> str:
    """The hub may have been started in another folder."""
    return str(Path(file).absolute())


def _told(args: argparse.Namespace, answer: Json) -> str:
    """Some lines for a person."""
    match args.action:
        case "remove":
            return f"“{answer['title']}” is removed."
        case "show":
            return "\n\n".join([answer["document"]["title"], *answer["passages"]])
        case "try":
            found = [f"- {each['title']}: {each['text'][:100]}" for each in answer["found"]]
            return "\n".join([" ".join(answer["said"]), "", *(found or ["Nothing fits."])])
    if answer["problem"]:
        return f"“{answer['title']}” can't be read: {answer['problem']}."
    whose = answer["toy"] or "All toys"
    return f"{whose} can find “{answer['title']}” from the next turn on: {answer['passages']} passages."


def _show(answer: Json) -> None:
    rows = [
        (one["title"], one["kind"], one["toy"] or "all", one["state"], one["passages"], one["id"])
        for one in answer["documents"]
    ]
    print_table(("Title", "Kind", "Toy", "State", "Passages", "Id"), rows)
