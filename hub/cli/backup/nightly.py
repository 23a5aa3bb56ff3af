"""`pommai-hub backups`: which there are, one more, and where a hub puts one each night."""

import argparse
import asyncio
from typing import Final

from hub.cli import options
from hub.cli.answers import console, print_table, show
from hub.cli.backup.server import add_server_arguments, secret_asked_for, server_of
from hub.cli.client import Json, any_hub
from hub.config import Config

ACTIONS: Final = {
    "list": "show where they go, and which there are",
    "now": "have the running hub make one",
    "folder": "keep them in a folder of the hub's computer from now on",
    "server": "keep them on a WebDAV or S3 server from now on",
    "off": "make none any more",
}


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    actions = parser.add_subparsers(dest="action", metavar=" | ".join(ACTIONS), required=True)
    for name, summary in ACTIONS.items():
        action = options.add_action(actions, name, summary)
        action.add_argument("--json", action="store_true", help="print JSON")
        if name == "folder":
            action.add_argument("folder", metavar="FOLDER")
        if name == "server":
            add_server_arguments(action)
            action.add_argument(
                "--agree", action="store_true", help="locked backups may leave the home"
            )


def run(args: argparse.Namespace, config: Config) -> int:
    return show(args, asyncio.run(_ask(args, config)), _show, _told)


async def _ask(args: argparse.Namespace, config: Config) -> Json:
    async with any_hub(config) as hub:
        match args.action:
            case "list":
                return await hub.call("GET", "/backups")
            case "now":
                return await hub.call("POST", "/backups")
            case "server":
                server = server_of(args, secret_asked_for())
                asked = {name: getattr(server, name) for name in _FIELDS}
                return await hub.call("PUT", "/backups/place", **asked, agreed=args.agree)
        return await hub.call("PUT", "/backups/place", folder=getattr(args, "folder", ""))


_FIELDS: Final = ("kind", "address", "user", "secret", "bucket", "region")


def _show(answer: Json) -> None:
    console.print(_told_place(answer), markup=False)
    if answer["problem"]:
        console.print(f"The last one failed: {answer['problem']}", markup=False)
    print_table(
        ("BACKUP", "MADE", "MB"),
        (
            (one["name"], one["made_at"], f"{one['size_bytes'] / 1e6:.1f}")
            for one in answer["backups"]
        ),
    )


def _told(args: argparse.Namespace, answer: Json) -> str:
    if args.action == "now":
        return "It is being made; `pommai-hub backups list` tells how it went."
    return _told_place(answer)


def _told_place(answer: Json) -> str:
    server = answer["server"]
    place = answer["folder"] or (server and f"{server['address']} {server['bucket']}".strip())
    return f"One goes each night to {place}." if place else "None is made: choose where they go."
