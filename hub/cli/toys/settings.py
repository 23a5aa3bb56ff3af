"""`pommai-hub toys set / mute / unmute`: how a device sounds, shines, wakes and listens."""

import argparse
from typing import Final

from hub.cli.client import HubClient, Json, device_path

SUMMARIES: Final = {
    "set": "show or change its settings; it gets them when it is back",
    "mute": "switch its microphone off until `unmute`",
    "unmute": "switch its microphone on again",
}
GIVEN: Final = ("volume", "volume_cap", "led", "word", "follow_up_s", "next_child")


def add_arguments(name: str, action: argparse.ArgumentParser) -> None:
    action.add_argument("satellite", metavar="NAME|HOST:PORT")
    if name != "set":
        return
    action.add_argument("--volume", type=int, metavar="PERCENT", help="how loud it is")
    action.add_argument(
        "--volume-cap", type=int, metavar="PERCENT", help="it is never louder than this"
    )
    action.add_argument("--led", type=int, metavar="PERCENT", help="how bright its light is")
    action.add_argument(
        "--wake",
        choices=("button", "voice", "word", "own"),
        help="what begins a turn; own is what it was started with",
    )
    action.add_argument("--word", help="its wake word")
    action.add_argument(
        "--follow-up",
        dest="follow_up_s",
        type=int,
        metavar="SECONDS",
        help="how long it listens on after a reply",
    )
    action.add_argument(
        "--offline",
        choices=("speaks", "silent"),
        help="whether it says the lines that it carries while it can't reach this hub",
    )
    action.add_argument(
        "--next-child",
        action=argparse.BooleanOptionalAction,
        help="whether two quick presses of its button go to the next of the toy's children",
    )


async def ask(hub: HubClient, args: argparse.Namespace) -> Json:
    given: Json = {"mute": args.action == "mute"}
    if args.action == "set":
        given = {setting: getattr(args, setting) for setting in GIVEN}
        given["wake"] = "" if args.wake == "own" else args.wake
        given["silent_offline"] = {"silent": True, "speaks": False}.get(args.offline)
    return await hub.call("PATCH", device_path(args.satellite, "settings"), **given)


def told(_: str, answer: Json) -> str:
    """All of them in one line."""
    name, settings = answer["name"], answer["settings"]
    woken = f"by {settings['wake']}" if settings["wake"] else "as it was started"
    unless = "" if settings["wake"] else ", unless it was started with its button alone"
    offline = ", says nothing without this hub" if settings["silent_offline"] else ""
    chooses = ", goes to the next child at two presses" if settings["next_child"] else ""
    later = "" if answer["vitals"] else " It is away, and gets this when it is back."
    return (
        f"{name}: volume {settings['volume']} % (at most {settings['volume_cap']} %), light "
        f"{settings['led']} %, microphone {'off' if settings['mute'] else 'on'}, woken {woken}, "
        f"listens on for {settings['follow_up_s']} s{unless}{offline}{chooses}.{later}"
    )
