"""`pommai-hub toys visit / bedtime / language / programs`: who visits it, bedtime, and what it hears, thinks and
speaks in and with."""

import argparse
from datetime import datetime
from typing import Final

from hub.cli.client import HubClient, Json, toy_path
from hub.domain.words import SOUND_WORDS
from hub.errors import RefusedError

SUMMARIES: Final = {
    "visit": "let a friend play with a toy for a day or some; or `--end` it",
    "bedtime": "have a toy tell a calm story that fades out; or set its `--minutes` or `--sound`",
    "language": "show which languages it could speak and what the others lack; or choose one",
    "programs": "show or change what a toy hears, thinks and speaks with, its model and its voice's settings",
}
LISTS: Final = {"hears": "who hears", "thinks": "who thinks", "speaks": "who speaks"}
GIVEN: Final = (*LISTS, "model", "temperature", "max_tokens")
HOUSEHOLD: Final = "household"


def add_arguments(name: str, action: argparse.ArgumentParser) -> None:
    action.add_argument("toy", metavar="TOY", help="its name, or that of the satellite it lives in")
    if name == "visit":
        action.add_argument("--name", help="who visits")
        action.add_argument("--age", type=int, metavar="YEARS")
        action.add_argument("--days", type=int, help="1, until the end of today; at most 3")
        action.add_argument("--keep", action="store_true", help="don't erase what is said")
        action.add_argument("--end", action="store_true", help="end the visit now")
        return
    if name == "bedtime":
        action.add_argument("--minutes", type=int, help="it is over after so many")
        action.add_argument(
            "--sound", help="after the story: none, or one of " + ", ".join(SOUND_WORDS)
        )
        return
    if name == "language":
        action.add_argument("code", nargs="?", metavar="CODE", help='such as "de"')
        return
    for field, what in LISTS.items():
        action.add_argument(
            f"--{field}",
            nargs="+",
            metavar="PROVIDER",
            help=f"{what}, in the order in which they are asked; or {HOUSEHOLD}, as set for it",
        )
    action.add_argument("--model", help='the language model\'s name; "" is the usual one')
    action.add_argument("--temperature", type=float, help="of the model, 0 to 1.5")
    action.add_argument("--max-tokens", type=int, metavar="N", help="of one answer, 30 to 1000")
    action.add_argument(
        "--set",
        action="append",
        metavar="NAME=VALUE",
        help="a setting of its voice; without VALUE it is as usual again",
    )
    action.add_argument(
        "--agree", action="store_true", help="agree to what leaves the home for a new cloud"
    )


async def ask(hub: HubClient, args: argparse.Namespace) -> Json:
    """Raises RefusedError, which says what to give."""
    if args.action == "visit":
        return await _visit(hub, args)
    if args.action == "bedtime":
        return await _bedtime(hub, args)
    if args.action == "language":
        if args.code is not None:
            await hub.call("PATCH", f"{toy_path(args.toy)}/settings", language=args.code)
        return await hub.call("GET", f"{toy_path(args.toy)}/languages")
    path = f"{toy_path(args.toy)}/programs"
    given: Json = {name: value for name in GIVEN if (value := getattr(args, name)) is not None}
    for field in LISTS:
        if given.get(field) == [HOUSEHOLD]:
            given[field] = []
    if args.set:
        settings = (await hub.call("GET", path))["settings"] if "speaks" not in given else {}
        given["settings"] = _changed(settings, args.set)
    if not given:
        return await hub.call("GET", path)
    return await hub.call("PATCH", path, **given, agrees=args.agree)


def told(action: str, answer: Json) -> str:
    """One line for a person, or a few."""
    if action == "visit":
        if answer.get("ended"):
            return f"{answer['name']} visits {answer['toy']} no more."
        until = datetime.fromisoformat(answer["ends_at"]).astimezone()
        return f"{answer['name']} visits {answer['toy']} until {until:%d %B %Y, %H:%M}."
    if action == "bedtime":
        if "minutes" not in answer:
            return f"{answer['name']} begins now."
        sound = answer["sound"] or "no sound"
        return f"bedtime: over after {answer['minutes']} minutes, with {sound} after the story"
    if action == "language":
        each = [
            f"{one['code']} ({one['name']}): {' '.join(one['lacks']) or 'can be chosen'}"
            for one in answer["languages"]
        ]
        return "\n".join([f"{answer['toy']} speaks {answer['language']}", *each])
    settings = answer["settings"]
    taken = [
        f"{name} {settings[name]:g}" if name in settings else name
        for name in (each["name"] for each in answer["takes"])
    ]
    voice, model = (answer[name] or "the usual one" for name in ("voice", "model"))
    lines = [
        *(
            f"{answer['toy']} {field} with {', '.join(answer[field]) or 'what is set for the household'}"
            for field in LISTS
        ),
        f"model: {model}, temperature {answer['temperature']:g}, at most {answer['max_tokens']} tokens",
        f"voice: {voice} of {answer['voice_provider']}; it takes {', '.join(taken) or 'no settings'}",
    ]
    lines += [f"can't be used now: {trouble}" for trouble in answer["troubles"]]
    return "\n".join(lines)


async def _bedtime(hub: HubClient, args: argparse.Namespace) -> Json:
    path = f"{toy_path(args.toy)}/bedtime"
    if args.minutes is None and args.sound is None:
        return await hub.call("POST", path)
    return await hub.call("PATCH", path, minutes=args.minutes, sound=args.sound)


async def _visit(hub: HubClient, args: argparse.Namespace) -> Json:
    path = f"{toy_path(args.toy)}/visit"
    if args.end:
        return {"ended": True, **await hub.call("DELETE", path)}
    if args.name is None or args.age is None:
        raise RefusedError("say who visits: --name NAME --age YEARS, or --end")
    return await hub.call(
        "POST", path, name=args.name, age=args.age, days=args.days, keep=args.keep
    )


def _changed(settings: Json, given: list[str]) -> Json:
    """`settings` with those that were given as NAME=VALUE."""
    changed = dict(settings)
    for text in given:
        name, sign, value = text.partition("=")
        try:
            if value:
                changed[name] = float(value)
            else:
                changed.pop(name, None)
        except ValueError:
            sign = ""
        if not sign:
            raise RefusedError(f"{text!r} is no setting: give it such as speed=0.9, or speed=")
    return changed
