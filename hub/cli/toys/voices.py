"""`pommai-hub toys voices`: the voices that a toy could have, and choosing one."""

import argparse
from typing import Final
from urllib.parse import quote

from hub.cli.client import HubClient, Json, toy_path

SUMMARIES: Final = {
    "voices": "show the voices that a toy could have, or choose one and how its sound is sent"
}
CHOSEN: Final = ("voice", "format", "latency")


def add_arguments(_: str, action: argparse.ArgumentParser) -> None:
    action.add_argument("toy", metavar="TOY", help="its name, or that of the satellite it lives in")
    action.add_argument(
        "--by", metavar="PROVIDER", default="", help="whose voices; default: who speaks for it now"
    )
    action.add_argument("--voice", metavar="ID", help='the one to take; "" is the usual one')
    action.add_argument("--format", help='how its sound is sent; "" is as set for the household')
    action.add_argument("--latency", type=int, metavar="N", help="how soon its sound begins")
    action.add_argument(
        "--agree", action="store_true", help="agree to what leaves the home for a new cloud"
    )


async def ask(hub: HubClient, args: argparse.Namespace) -> Json:
    path = toy_path(args.toy)
    by = f"/{quote(args.by, safe='')}" if args.by else ""
    shown = await hub.call("GET", f"{path}/voices{by}")
    given = {name: value for name in CHOSEN if (value := getattr(args, name)) is not None}
    if not given:
        return shown
    asked = {name: shown[name] for name in CHOSEN} | given
    return await hub.call(
        "PUT", f"{path}/voice", provider=shown["provider"], agrees=args.agree, **asked
    )


def told(_: str, answer: Json) -> str:
    """For a person: who speaks, and a line for each voice."""
    provider, toy = answer["provider"], answer["toy"]
    lines = [f"{provider} does not speak for {toy} now."]
    if answer["speaks"]:
        lines = [f"{toy} speaks with {answer['voice'] or 'the usual voice'} of {provider}."]
    if answer["trouble"]:
        lines.append(f"Its voices can't be listed now: {answer['trouble']}")
    for voice in answer["voices"]:
        language = f", {voice['language']}" if voice["language"] else ""
        lines.append(f"{voice['id']}: {voice['name']}{language}")
    if answer["formats"]:
        sent_as = answer["format"] or "set for the household"
        lines.append(f"Its sound comes as {sent_as}; it may be {', '.join(answer['formats'])}.")
    if steps := answer["latency_steps"]:
        lines.append(f"How soon it begins: --latency 0 to {steps}.")
    if answer["sends"]:
        lines.append(f"What leaves the home: {answer['sends']}.")
    others = [name for name in answer["providers"] if name != provider]
    if others:
        lines.append(f"More voices: --by {', '.join(others)}.")
    return "\n".join(lines)
