"""`pommai-hub toys persona / characters`: who a toy is, its versions, and the ready characters to begin with."""

import argparse
from datetime import datetime
from typing import Final

from hub.cli.client import HubClient, Json, toy_path
from hub.domain.persona import ReplyLength

SUMMARIES: Final = {
    "persona": "show who a toy is, or change it; it is kept as a new version",
    "characters": "show the ready characters, for `persona --character`",
}
SEVERAL: Final = {"traits": "--trait", "interests": "--interest", "catchphrases": "--catchphrase"}
"""What a persona has several of: each option adds one, and all of them take the place of what was there."""
TEXTS: Final = {
    "kind": ("--kind", "what it is, such as “a slow, cosy bear”"),
    "style": ("--style", "how it talks, in a sentence or two"),
    "backstory": ("--backstory", "its story"),
}
WORDS: Final = {
    "kind": "What it is",
    "traits": "How it is",
    "style": "How it talks",
    "interests": "What it likes",
    "catchphrases": "What it says now and then",
    "backstory": "Its story",
}


def add_arguments(name: str, action: argparse.ArgumentParser) -> None:
    if name == "characters":
        return
    action.add_argument("toy", metavar="TOY", help="its name, or that of the satellite it lives in")
    action.add_argument("--versions", action="store_true", help="show who it was before, too")
    begin = action.add_mutually_exclusive_group()
    begin.add_argument("--character", metavar="ID", help="begin with this ready character")
    begin.add_argument("--version", type=int, metavar="NUMBER", help="go back to this version")
    action.add_argument(
        "--voice", action="store_true", default=None, help="with --character: take its voice, too"
    )
    for field, (option, summary) in TEXTS.items():
        action.add_argument(option, dest=field, metavar="TEXT", help=summary)
    for field, option in SEVERAL.items():
        action.add_argument(
            option,
            dest=field,
            action="append",
            metavar="TEXT",
            help='one of all that it has from now on; give it for each, or once with "" for none',
        )
    action.add_argument(
        "--length", dest="reply_length", choices=[*ReplyLength], help="how much it says at once"
    )
    action.add_argument(
        "--asks-back",
        action=argparse.BooleanOptionalAction,
        help="whether it often asks something back",
    )


async def ask(hub: HubClient, args: argparse.Namespace) -> Json:
    if args.action == "characters":
        return await hub.call("GET", "/characters")
    asked = {
        name: getattr(args, name)
        for name in ("character", "voice", "version", *TEXTS, *SEVERAL, "reply_length", "asks_back")
    }
    for name in SEVERAL:
        asked[name] = asked[name] and [text for text in asked[name] if text]
    changes = any(value is not None for value in asked.values())
    path = f"{toy_path(args.toy)}/persona"
    answer = await hub.call("PATCH" if changes else "GET", path, **asked)
    return answer if args.versions else answer | {"versions": answer["versions"][:1]}


def told(action: str, answer: Json) -> str:
    """For a person: a line for each thing."""
    if action == "characters":
        return "\n".join(
            f"{one['id']}: {one['name']}, {one['kind']}. {one['manner']} Likes {one['likes']}."
            for one in answer["characters"]
        )
    persona = answer["persona"]
    asks = "often asks something back" if persona["asks_back"] else "asks nothing back"
    lines = [f"{answer['toy']}'s answers are {persona['reply_length']}, and it {asks}."]
    for field, words in WORDS.items():
        if said := persona[field]:
            lines.append(f"{words}: {said if isinstance(said, str) else ', '.join(said)}")
    for kept in answer["versions"]:
        day = datetime.fromisoformat(kept["at"]).astimezone().date()
        by = f" by {kept['by']}" if kept["by"] else ""
        lines.append(f"Version {kept['version']}, {day}{by}: {kept['persona']['kind']}")
    return "\n".join(lines)
