"""`pommai-hub toys set / identify / restart / … NAME`: what a parent sets and orders on a paired toy."""

import argparse
from typing import TYPE_CHECKING, Final

from hub.cli.remote import RemoteHub
from hub.domain.toys import ANY_VOICE
from hub.house_requests import Json, SettleRequest

if TYPE_CHECKING:
    from hub.house import House

ORDERS: Final = {
    "identify": ("make it blink and chirp, to know it among others", "{name} blinks and chirps."),
    "restart": ("start its program anew", "{name} starts anew."),
    "listen": ("make it listen, as if its button were pressed", "{name} listens."),
    "stop-listening": ("end what it listens to", "{name} does not listen now."),
    "be-quiet": ("end what it says", "{name} is quiet."),
}
MUTES: Final = {
    "mute": "switch its microphone off until `unmute`",
    "unmute": "switch its microphone on again",
}
BY: Final = {"nobody": ""}
ROOM_WORDS: Final = {
    "": "nobody listens to its room",
    ANY_VOICE: "anybody's voice in its room begins a talk",
}
PAUSES: Final = {
    "pause": "let a toy finish what it says, and then answer nobody until `resume`",
    "resume": "let a paused toy answer again",
}
SETTINGS: Final = ("volume", "volume_cap", "led", "word", "follow_up_s")
SUMMARIES: Final = {
    "set": "show or change its settings; it gets them when it is back",
    **MUTES,
    **PAUSES,
    **{name: summary for name, (summary, _) in ORDERS.items()},
    "announce": "make it say your own words, if the guard lets it",
    "move": "let another toy live in it",
    "room": "say who listens to a plain one that sends the sound of its room all the time",
}


def add_arguments(name: str, action: argparse.ArgumentParser) -> None:
    """What action `name` takes beside the satellite."""
    if name in PAUSES:
        action.add_argument(
            "toy", metavar="TOY", help="its name, or that of the satellite it lives in"
        )
    elif name == "set":
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
    elif name == "announce":
        action.add_argument("text", metavar="TEXT")
    elif name == "room":
        action.add_argument(
            "by",
            metavar="WHO",
            help="voice: anybody's voice begins a talk; the name of an approved wake word service; "
            "nobody: its sound is thrown away",
        )
    elif name == "move":
        action.add_argument("toy", metavar="TOY", help="the name of the toy that moves in")


async def ask(house: "RemoteHub | House", args: argparse.Namespace) -> Json:
    """What the hub answers to an action of SUMMARIES."""
    match args.action:
        case "set":
            given = {name: getattr(args, name) for name in SETTINGS}
            given["wake"] = "" if args.wake == "own" else args.wake
            return await house.settle(SettleRequest(satellite=args.satellite, **given))
        case "mute" | "unmute":
            muted = args.action == "mute"
            return await house.settle(SettleRequest(satellite=args.satellite, mute=muted))
        case "pause" | "resume":
            return await house.pause(args.toy, args.action == "pause")
        case "announce":
            return await house.announce(args.satellite, args.text)
        case "room":
            return await house.hear_room(args.satellite, BY.get(args.by, args.by))
        case "move":
            return await house.move(args.satellite, args.toy)
        case order:
            return await house.order(args.satellite, order)


def told(action: str, answer: Json) -> str:
    """One line for a person."""
    if action in PAUSES:
        how = "is paused" if answer["paused"] else "answers again"
        return f"{answer['toy']} {how}."
    name, settings = answer["name"], answer["settings"]
    if action in ORDERS:
        return ORDERS[action][1].format(name=name)
    if action == "announce":
        return f"{name} says it."
    if action == "room":
        by = answer["room_heard_by"]
        return f"{name}: {ROOM_WORDS.get(by, f'{by} waits for its wake word')}."
    if action == "move":
        return f"{answer['toy']} lives in {name} now."
    woken = f"by {settings['wake']}" if settings["wake"] else "as it was started"
    unless = "" if settings["wake"] else ", unless it was started with its button alone"
    later = "" if answer["vitals"] else " It is away, and gets this when it is back."
    return (
        f"{name}: volume {settings['volume']} % (at most {settings['volume_cap']} %), light "
        f"{settings['led']} %, microphone {'off' if settings['mute'] else 'on'}, woken {woken}, "
        f"listens on for {settings['follow_up_s']} s{unless}.{later}"
    )
