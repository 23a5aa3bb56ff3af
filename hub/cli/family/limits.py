"""`pommai-hub limits`: minutes, bedtime and rest times of a child or a toy, and what is given for once."""

import argparse
import asyncio
from typing import Final
from urllib.parse import quote

from rich.console import Console
from rich.text import Text

from hub.cli import options
from hub.cli.answers import print_json
from hub.cli.client import HubClient, Json, any_hub, toy_path
from hub.config import Config
from hub.errors import RefusedError

ACTIONS: Final = {
    "show": "see the limits, and what is left today",
    "set": "change them; what isn't named stays as it is",
    "give": "give more for once",
}
GIVES: Final = ("more-minutes", "one-more-story", "only-tonight")
KINDS: Final = ("chat", "story", "game")
PASTIMES: Final = ("story", "pretend", "quiz", "timer", "bedtime", "sounds")
DAYS: Final = {"weekday": "", "weekend": "weekend_"}
WORDS: Final = {
    "minutes": "the minutes are used up",
    "bedtime": "it is bedtime",
    "rest": "it rests",
    "talk": "it has a break after a long talk",
}
NONE: Final = "none"

console = Console(highlight=False, soft_wrap=True, emoji=False)


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    actions = parser.add_subparsers(dest="action", metavar=" | ".join(ACTIONS), required=True)
    for name, summary in ACTIONS.items():
        action = options.add_action(actions, name, summary)
        action.add_argument("name", metavar="NAME", help="a child's, or with --toy a toy's")
        action.add_argument("--toy", action="store_true", help="of whoever plays with this toy")
        action.add_argument("--json", action="store_true", help="print JSON")
        if name == "set":
            _add_limits(action)
        elif name == "give":
            action.add_argument("kind", choices=GIVES)
            action.add_argument(
                "--minutes",
                type=int,
                help="how many more, or how much later bedtime is tonight (0: none); else 10, or 60",
            )


def _add_limits(action: argparse.ArgumentParser) -> None:
    action.add_argument("--talk", metavar="N", help="minutes of one talk; none: no limit")
    for day, words in (("", "Monday to Friday"), ("weekend-", "at the weekend")):
        action.add_argument(f"--{day}minutes", metavar="N", help=f"a day, {words}; none: no limit")
        for what in ("bedtime", "rest"):
            action.add_argument(
                f"--{day}{what}",
                metavar="FROM-UNTIL",
                help=f"{words}, such as 20:00-06:30; none: none",
            )
    for what in ("bedtime", "rest"):
        action.add_argument(
            f"--at-{what}", nargs="*", choices=KINDS, help=f"what may go on then, at {what}"
        )
    action.add_argument("--off", nargs="*", choices=PASTIMES, help="what may not be played")
    action.add_argument(
        "--at-hours", nargs="*", choices=PASTIMES, help="what may be played only in --hours"
    )
    action.add_argument("--hours", metavar="FROM-UNTIL", help="these hours of each day; none: none")


def run(args: argparse.Namespace, config: Config) -> int:
    answer = asyncio.run(_ask(args, config))
    if args.json:
        print_json(answer)
    else:
        console.print(Text(_told(args.name, answer)))
    return 0


async def _ask(args: argparse.Namespace, config: Config) -> Json:
    path = toy_path(args.name) if args.toy else f"/children/{quote(args.name, safe='')}"
    async with any_hub(config) as hub:
        if args.action == "give":
            kind = args.kind.replace("-", "_")
            return await hub.call("POST", f"{path}/give", kind=kind, minutes=args.minutes)
        if args.action == "set":
            return await _set(hub, f"{path}/limits", args)
        return await hub.call("GET", f"{path}/limits")


async def _set(hub: HubClient, path: str, args: argparse.Namespace) -> Json:
    limits: Json = (await hub.call("GET", path))["limits"]
    for day, prefix in DAYS.items():
        minutes = getattr(args, f"{prefix}minutes")
        if minutes is not None:
            limits[day]["minutes"] = _minutes(minutes)
        for what in ("bedtime", "rest"):
            window = getattr(args, f"{prefix}{what}")
            if window is not None:
                limits[day][what] = _window(window)
    for what in ("at_bedtime", "at_rest"):
        if (kinds := getattr(args, what)) is not None:
            limits[what] = kinds
    for what in ("off", "at_hours"):
        if (pastimes := getattr(args, what)) is not None:
            limits["switches"][what] = pastimes
    if args.hours is not None:
        limits["switches"]["hours"] = _window(args.hours)
    if args.talk is not None:
        limits["talk_minutes"] = _minutes(args.talk) or 0
    return await hub.call("PUT", path, **limits)


def _minutes(text: str) -> int | None:
    if text == NONE:
        return None
    if not (text.isascii() and text.isdigit()):
        raise RefusedError(f"{text!r} are no minutes: give a whole number, or none")
    return int(text)


def _window(text: str) -> Json | None:
    if text == NONE:
        return None
    begins, dash, ends = text.partition("-")
    if not dash:
        raise RefusedError(f"{text!r} is no time: give it such as 20:00-06:30, or none")
    return {"begins": begins, "ends": ends}


def _told(name: str, answer: Json) -> str:
    """Some lines for a person."""
    told = [_today(name, answer)]
    for day, words in (("weekday", "Monday to Friday"), ("weekend", "weekend")):
        limits = answer["limits"][day]
        parts = [] if limits["minutes"] is None else [f"{limits['minutes']} minutes a day"]
        for what in ("bedtime", "rest"):
            if window := limits[what]:
                allowed = " and ".join(answer["limits"][f"at_{what}"])
                aside = f" ({allowed} may go on)" if allowed else ""
                parts.append(f"{what} {window['begins']}-{window['ends']}{aside}")
        told.append(f"{words}: {', '.join(parts) or 'no limit'}")
    if talk := answer["limits"]["talk_minutes"]:
        told.append(f"one talk: {talk} minutes")
    switches = answer["limits"]["switches"]
    if off := switches["off"]:
        told.append(f"not played: {', '.join(off)}")
    if at_hours := switches["at_hours"]:
        hours = switches["hours"]
        told.append(f"{', '.join(at_hours)}: {hours['begins']}-{hours['ends']}")
    return "\n".join(told)


def _today(name: str, answer: Json) -> str:
    if answer["refused"]:
        return f"{name}: {WORDS[answer['refused']]}."
    left = answer["minutes_left"]
    words = "nothing limits the minutes" if left is None else f"{left} minutes are left today"
    story = ", and one more story waits" if answer["story_waits"] else ""
    return f"{name}: {words}{story}."
