"""`pommai-hub toys list / adopt / pair / announce …`: satellites, the toys in them, and what they are made to do.

A new one is a name in SUMMARIES, its path in `_device_call` and a line in `told`; the API's side is
`guardian_web.api.devices`.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Final

from rich.console import Console
from rich.text import Text

from hub.cli import options
from hub.cli.answers import print_json, print_table
from hub.cli.client import HubClient, Json, any_hub, device_path, running_hub, toy_path
from hub.cli.family import moving
from hub.cli.terminal import run_until_stopped
from hub.cli.toys import of_toys, persona, settings, voices
from hub.cli.toys.live import show, update
from hub.config import Config
from hub.domain.clock import SystemClock
from hub.domain.toys import ANY_VOICE, Pairing
from hub.errors import NotFoundError, RefusedError

LINK_WORDS = {
    Pairing.NONE: "not encrypted",
    Pairing.CLOSED: "hold its button to pair",
    Pairing.OPEN: "waiting for its code",
    Pairing.ELSEWHERE: "paired with another hub",
    Pairing.PAIRED: "paired, encrypted",
}

ROOM_HEARD = (
    "If it sends the sound of its room all the time, any voice there begins a talk: "
    "choose otherwise with `pommai-hub toys room`."
)
COMMANDS: Final = {
    "identify": ("make it blink and chirp, to know it among others", "{name} blinks and chirps."),
    "restart": ("start its program anew", "{name} starts anew."),
    "listen": ("make it listen, as if its button were pressed", "{name} listens."),
    "stop-listening": ("end what it listens to", "{name} does not listen now."),
    "be-quiet": ("end what it says", "{name} is quiet."),
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
KEPT: Final = {
    "archive": "put a toy aside: it rests, is in no list, and what was said stays",
    "restore": "bring an archived toy back",
    "remove": "remove a toy, with all that was said with it",
}
OTHERS: Final = {
    name: module
    for module in (settings, of_toys, voices, persona, moving)
    for name in module.SUMMARIES
}
"""Actions with a module of their own."""
OF_TOYS: Final = {**PAUSES, **KEPT}
"""What is asked of a toy, and not of its device."""
SUMMARIES: Final = {
    **OF_TOYS,
    **{name: summary for name, (summary, _) in COMMANDS.items()},
    "announce": "make it say your own words, if the guard lets it",
    "move": "let another toy live in it",
    "callable": "say which toys a child may call into it",
    "room": "say who listens to a plain one that sends the sound of its room all the time",
}

console = Console(highlight=False, emoji=False)


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    actions = parser.add_subparsers(
        dest="action",
        metavar="list | adopt | pair | release | watch | update | set | …",
        required=True,
    )
    for name, summary in (
        ("list", "show what is found on the network and what is adopted"),
        ("adopt", "make a found plain satellite yours"),
        ("pair", "make a toy known to this hub alone, by the code that it says"),
        ("release", "let go of an adopted satellite; a paired one forgets this hub"),
        ("watch", "show what passes between hub and satellite, without the words, until Ctrl-C"),
        ("update", "bring a paired toy this hub's version of its software"),
        *SUMMARIES.items(),
        *((name, module.SUMMARIES[name]) for name, module in OTHERS.items()),
    ):
        action = options.add_action(actions, name, summary)
        action.add_argument("--json", action="store_true", help="print JSON")
        if name in OTHERS:
            OTHERS[name].add_arguments(name, action)
            continue
        if name != "list" and name not in OF_TOYS:
            action.add_argument("satellite", metavar="NAME|HOST:PORT")
        if name == "pair":
            action.add_argument("code", metavar="CODE", help="the six digits that it says")
        if name in ("adopt", "pair"):
            action.add_argument("--toy", metavar="NAME", help="the character that moves in")
        _add_action_arguments(name, action)


def run(args: argparse.Namespace, config: Config) -> int:
    if args.action in ("watch", "update"):
        run_until_stopped((_watch if args.action == "watch" else _update)(args, config))
        return 0
    answer = asyncio.run(_ask(args, config))
    if args.json:
        print_json(answer)
    elif args.action == "list":
        _show(answer)
    else:
        console.print(Text(told(args.action, answer)))
    return 0


async def _ask(args: argparse.Namespace, config: Config) -> Json:
    """What the hub answers to an action."""
    other = OTHERS.get(args.action)
    async with any_hub(config, finds_devices=other in (None, settings, of_toys)) as hub:
        if other:
            answer: Json = await other.ask(hub, args)
            return answer
        match args.action:
            case "list":
                return await listed(hub)
            case "pause" | "resume":
                paused = args.action == "pause"
                toy = await hub.call("PATCH", toy_path(args.toy), paused=paused)
                return {"toy": toy["name"], "paused": toy["paused"]}
            case "archive" | "restore":
                archived = args.action == "archive"
                return await hub.call("PUT", f"{toy_path(args.toy)}/archived", archived=archived)
            case "remove":
                return await _remove(hub, args)
        method, path, body = _device_call(args)
        return await hub.call(method, path, **body)


async def _remove(hub: HubClient, args: argparse.Namespace) -> Json:
    if not args.yes:
        raise RefusedError(
            f"{args.toy}, its limits and all that was said with it would go for good, and its device would be let "
            "go of: say --yes to do it"
        )
    return {"name": args.toy, **await hub.call("DELETE", toy_path(args.toy))}


def _device_call(args: argparse.Namespace) -> tuple[str, str, Json]:
    """Method, path and body of what is asked of one device."""
    name = args.satellite
    match args.action:
        case "adopt":
            return "POST", device_path(name, "adopt"), {"toy": args.toy}
        case "pair":
            return "POST", device_path(name, "pair"), {"code": args.code, "toy": args.toy}
        case "release":
            return "POST", device_path(name, "release"), {}
        case "announce":
            return "POST", device_path(name, "announce"), {"text": args.text}
        case "room":
            return "PUT", device_path(name, "room"), {"by": BY.get(args.by, args.by)}
        case "callable":
            return "PUT", device_path(name, "callable"), {"toys": args.toys}
        case "move":
            return "PUT", device_path(name, "toy"), {"toy": args.toy}
        case command:
            return "POST", device_path(name, "command"), {"do": command}


async def listed(hub: HubClient) -> Json:
    """All toys, and all satellites that are adopted or seen."""
    toys = (await hub.call("GET", "/toys"))["toys"]
    return {
        "toys": [
            {"name": toy["name"], "language": toy["language"], "level": toy["safety_level"]}
            for toy in toys
        ],
        "archived": [toy["name"] for toy in (await hub.call("GET", "/archived-toys"))["toys"]],
        "satellites": (await hub.call("GET", "/devices"))["devices"],
    }


@asynccontextmanager
async def _running(config: Config) -> AsyncIterator[HubClient]:
    async with running_hub(config.hub.data) as hub:
        if hub is None:
            raise NotFoundError("no hub runs here to do that: start `pommai-hub run`")
        yield hub


async def _watch(args: argparse.Namespace, config: Config) -> None:
    async with _running(config) as hub:
        messages = hub.lines("GET", device_path(args.satellite, "messages"))
        async with aclosing(messages):
            if not args.json:
                await show(messages, console)
                return
            async for message in messages:
                print_json(message)


async def _update(args: argparse.Namespace, config: Config) -> None:
    async with _running(config) as hub:
        shown = None if args.json else console
        updated = await update(hub, args.satellite, SystemClock(), shown)
    if args.json:
        print_json(updated)
    else:
        console.print(Text(f"{updated['name']} runs {updated['firmware']} now."))


def told(action: str, answer: Json) -> str:
    """One line for a person, or a few."""
    if action in OTHERS:
        return str(OTHERS[action].told(action, answer))
    if action in PAUSES:
        how = "is paused" if answer["paused"] else "answers again"
        return f"{answer['toy']} {how}."
    if action in KEPT:
        return _told_kept(action, answer)
    name = answer["name"]
    match action:
        case "adopt":
            return f"Adopted {name}; {answer['toy']} lives in it now. {ROOM_HEARD}"
        case "pair":
            return f"Paired with {name}; {answer['toy']} lives in it now."
        case "release":
            detail = f" But {answer['state_detail']}." if answer["state_detail"] else ""
            return f"Released {name}.{detail}"
        case "announce":
            return f"{name} says it."
        case "room":
            by = answer["room_heard_by"]
            return f"{name}: {ROOM_WORDS.get(by, f'{by} waits for its wake word')}."
        case "callable":
            toys = ", ".join(answer["callable_toys"]) or "no toy"
            return f"A child may call {toys} into {name}."
        case "move":
            return f"{answer['toy']} lives in {name} now."
        case command:
            return COMMANDS[command][1].format(name=name)


def _told_kept(action: str, answer: Json) -> str:
    if action == "remove":
        return options.REMOVED.format(**answer)
    return f"{answer['name']} is {'archived' if answer['archived'] else 'back'}."


def _add_action_arguments(name: str, action: argparse.ArgumentParser) -> None:
    """What action `name` takes beside the satellite."""
    if name in OF_TOYS:
        action.add_argument(
            "toy", metavar="TOY", help="its name, or that of the satellite it lives in"
        )
        if name == "remove":
            action.add_argument("--yes", action="store_true", help="really remove it")
    elif name == "announce":
        action.add_argument("text", metavar="TEXT")
    elif name == "room":
        action.add_argument(
            "by",
            metavar="WHO",
            help="voice: anybody's voice begins a talk; the name of an approved wake word service; "
            "nobody: its sound is thrown away",
        )
    elif name == "callable":
        action.add_argument(
            "toys", metavar="TOY", nargs="*", help="toys by their names; none: no toy"
        )
    elif name == "move":
        action.add_argument("toy", metavar="TOY", help="the name of the toy that moves in")


def _show(house: Json) -> None:
    rows = []
    for satellite in house["satellites"]:
        state = satellite["state"] if satellite["adopted"] else "found, not adopted"
        if satellite["state_detail"]:
            state += f" ({satellite['state_detail']})"
        columns = (
            *(satellite["name"], state, LINK_WORDS[satellite["pairing"]], satellite["toy"] or ""),
            *(", ".join(satellite["addresses"]), satellite["hardware"]),
        )
        rows.append(columns)
    if not house["satellites"]:
        console.print("No satellite is found or adopted; start one with: pommai-satellite run")
    else:
        print_table(("Satellite", "State", "Link", "Toy", "Address", "Hardware"), rows)
    console.print(Text("Toys: " + ", ".join(toy["name"] for toy in house["toys"])))
    if house["archived"]:
        console.print(Text("Archived: " + ", ".join(house["archived"])))
