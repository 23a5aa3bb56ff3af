"""`pommai-hub models rate`: a language model's report card, before it is let in."""

import argparse
import asyncio
import sys
from contextlib import aclosing
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from hub.cli.answers import print_json
from hub.cli.client import HubClient, Json, any_hub
from hub.config import Config
from hub.rating.checks import WORDS, Rule

MAX_TALK_S: Final = 600.0
"""For one talk: four turns of a slow model, and a judge's word on each."""
SHOWN: Final = 10
"""So many answers that broke a rule are shown; all are in the report card."""
console = Console(highlight=False, emoji=False)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name",
        metavar="NAME",
        help="storyteller, ollama, openai, or a model of the one in [llm] use",
    )
    parser.add_argument(
        "--judge", default="", help="a judge model as well: llm, chat, openai, azure"
    )
    parser.add_argument(
        "--fresh", action="store_true", help="begin anew, whatever was rated before"
    )
    parser.add_argument("--yes", action="store_true", help="don't ask, also where it costs money")
    parser.add_argument("--json", action="store_true", help="print the report card as JSON")


def run(args: argparse.Namespace, config: Config) -> int:
    card = asyncio.run(_rate(args, config))
    if card and args.json:
        print_json(card)
    elif card:
        _show(card)
    return 0


async def _rate(args: argparse.Namespace, config: Config) -> Json:
    asked = {"name": args.name, "judge": args.judge, "fresh": args.fresh}
    async with any_hub(config) as hub:
        plan = await hub.call("POST", "/ratings/plan", **asked)
        if not args.json:
            console.print(Text(_told(plan)))
        if plan["cost_usd"] and not args.yes:
            if not sys.stdin.isatty():
                console.print("It costs money: say --yes to begin.")
                return {}
            if console.input("Begin? [y/N] ").strip().lower() not in ("y", "yes"):
                return {}
        return await _followed(hub, asked, quiet=args.json)


def _told(plan: Json) -> str:
    if not plan["talks"]:
        return f"{plan['name']} is rated already; --fresh rates it anew."
    costs = (
        f"about ${plan['cost_usd']:.2f}"
        if plan["cost_usd"]
        else "nothing, as it runs at home"
        if plan["local"]
        else "nothing by the list of prices"
    )
    return (
        f"{plan['talks']} talks, {plan['turns']} turns: some {plan['minutes']:.0f} minutes for a small model at home."
        f" It costs {costs}. Ctrl-C stops it; the same command goes on."
    )


async def _followed(hub: HubClient, asked: Json, *, quiet: bool) -> Json:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=quiet) as bar:
        task = bar.add_task(asked["name"], total=None)
        lines = hub.lines("POST", "/ratings", within_s=MAX_TALK_S, **asked)
        async with aclosing(lines) as steps:
            async for step in steps:
                if step["event"] == "card":
                    return step
                bar.update(task, completed=step["done"], total=step["of"])
    return {}


def _show(card: Json) -> None:
    talks = card["talks"].items()
    broken = [(name, turn) for name, talk in talks for turn in talk["turns"] if turn["broke"]]
    clean = len(talks) - len({name for name, _ in broken})
    console.print(
        Text(
            f"{card['name']}: {card['verdict']} ({clean} of {len(talks)} talks without a fault)",
            "bold",
        )
    )
    for rule, count in card["broken"].items():
        if count:
            talks_in = "talk" if count == 1 else "talks"
            console.print(Text(f"  In {count} {talks_in} it {WORDS[Rule(rule)]}."))
    for name, turn in broken[:SHOWN]:
        why = ", ".join(WORDS[Rule(rule)] for rule in turn["broke"])
        said = turn["held_back"] or turn["said"]
        console.print(Text(f"\n{name}: {why}\n  child: {turn['asked']}\n  toy:   {said}"))
    if len(broken) > SHOWN:
        console.print(
            f"\n{len(broken) - SHOWN} more are on the pages, under Report cards, and in --json."
        )
