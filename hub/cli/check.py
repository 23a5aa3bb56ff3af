"""`pommai-hub check`: asks the guard about a text, or about each line of JSON that comes in."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from hub.cli.answers import print_json
from hub.config import Config
from hub.domain.clock import SystemClock
from hub.domain.safety import Category, ContextLine, Direction, SafetyLevel, Verdict
from hub.errors import RefusedError
from hub.safety.build import build_guard
from hub.safety.explain import LayerOpinion, VerdictAccount
from hub.safety.guard import Guard
from hub.safety.jsonl import MAX_HISTORY, MAX_LINE_CHARS, answer, history_line

Json = dict[str, Any]

WORDS_SHOWN = 6
MIN_EFFECT = 0.005
"""Words that change the odds by less than half a percent say nothing."""


def as_json(account: VerdictAccount) -> Json:
    return {
        **verdict_json(account.verdict),
        "readings": list(account.readings),
        "layers": [_layer_json(opinion) for opinion in account.layers],
        "levels": {level.value: verdict_json(v) for level, v in account.levels.items()},
        "changes": list(account.changes),
    }


def verdict_json(verdict: Verdict) -> Json:
    return {
        "allowed": verdict.allowed,
        "category": verdict.category.value,
        "severity": verdict.severity,
        "alert": verdict.alert.value if verdict.alert else None,
        "look": verdict.look,
        "layer": verdict.layer,
        "reason": verdict.reason,
        "words": list(verdict.matched),
    }


def _layer_json(opinion: LayerOpinion) -> Json:
    found = {
        **verdict_json(opinion.verdict),
        "layer": opinion.layer,
        "version": opinion.version,
        "at_most": opinion.at_most,
        "rules": [
            {
                "id": met.rule.id,
                "comment": met.rule.comment,
                "category": met.rule.category.value,
                "severity": met.rule.severity,
                "words": met.words,
                "reading": met.reading,
            }
            for met in opinion.rules
        ],
    }
    if learned := opinion.learned:
        found |= {
            "probability": round(learned.probability, 4),
            "refuses_from": round(learned.needed, 4),
            "effects": {word: round(effect, 4) for word, effect in learned.words},
        }
    return found


def explained(account: VerdictAccount) -> RenderableType:
    """All that a terminal shows of it, below the verdict."""
    if not account.layers:
        return Text("No layer was asked.")
    layers = _table()
    for opinion in account.layers:
        found = opinion.verdict
        how = f", severity {found.severity}, at most {opinion.at_most} passes"
        layers.add_row(opinion.layer, Group(_says(found, how), *_grounds(opinion)))
    levels = _table()
    for level, verdict in account.levels.items():
        levels.add_row(level.value, _says(verdict, f" {verdict.severity} ({verdict.layer})"))
    return Group(
        _heading("Read as"),
        *(Text(f"  {reading}") for reading in account.readings),
        _heading("Layers"),
        layers,
        _heading("Levels"),
        levels,
        _heading("What would change it"),
        *(Text(f"  {change}") for change in account.changes),
    )


def _heading(text: str) -> Text:
    return Text(f"\n{text}", "bold")


def _table() -> Table:
    table = Table.grid(padding=(0, 2), pad_edge=True)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    return table


def _says(verdict: Verdict, how: str) -> Text:
    text = Text("allowed", "green") if verdict.allowed else Text("refused", "red")
    if verdict.category is not Category.NONE:
        text.append(f" {verdict.category}{how}", "default")
    return text


def _grounds(opinion: LayerOpinion) -> list[Text]:
    lines = [
        f"{met.rule.id} (severity {met.rule.severity}): {met.rule.comment}; on “{met.words}”"
        for met in opinion.rules
    ]
    if learned := opinion.learned:
        lines.append(f"{learned.probability:.0%} to be stopped; refuses from {learned.needed:.0%}")
        telling = [(w, e) for w, e in learned.words[:WORDS_SHOWN] if abs(e) >= MIN_EFFECT]
        if telling:
            lines.append(", ".join(f"{word} {effect:+.0%}" for word, effect in telling))
    if not lines and opinion.verdict.reason:
        lines.append(opinion.verdict.reason)
    return [Text(line, "dim") for line in lines]


console = Console(highlight=False, soft_wrap=True, emoji=False)


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    parser.description = "Ask the guard about a text; exit code 1 says that it is refused."
    parser.add_argument("text", metavar="TEXT", nargs="?", help="what is said")
    parser.add_argument(
        "--direction",
        choices=[d.value for d in Direction],
        default=Direction.CHILD.value,
        help="who says it (default: child)",
    )
    parser.add_argument(
        "--level",
        choices=[level.value for level in SafetyLevel],
        default=SafetyLevel.STRICT.value,
        help="how careful the guard is (default: strict)",
    )
    parser.add_argument(
        "--said",
        metavar="WHO:TEXT",
        type=_said,
        action="append",
        default=[],
        help="what was said before it, by child: or toy:, the oldest first; may be repeated",
    )
    parser.add_argument(
        "--history",
        metavar="FILE.jsonl",
        type=Path,
        help='what was said before that: lines of {"direction", "text"}',
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="tell what each layer says, on which words, and what would change it",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--jsonl", action="store_true", help="answer each line of JSON on stdin at once"
    )


def run(args: argparse.Namespace, config: Config) -> int:
    if args.jsonl == (args.text is not None):
        raise RefusedError("check: give either a TEXT or --jsonl")
    if args.jsonl and (args.explain or args.json or args.said or args.history):
        raise RefusedError("check: --jsonl takes its options and history from its lines")
    history = [*(_read(args.history) if args.history else ()), *args.said]
    guard = build_guard(config.safety, SystemClock())
    if args.jsonl:
        with asyncio.Runner() as runner:
            for line in _lines(sys.stdin.buffer):
                print(json.dumps(runner.run(answer(line, guard))), flush=True)  # noqa: T201
        return 0
    if args.explain:
        return asyncio.run(_explain(guard, args, history))
    verdict = asyncio.run(_judge(guard, args, history))
    if args.json:
        print_json(verdict_json(verdict))
    else:
        _show(verdict)
    return 0 if verdict.allowed else 1


def _said(value: str) -> ContextLine:
    who, _, text = value.partition(":")
    if who not in list(Direction) or not text.strip():
        raise argparse.ArgumentTypeError(f"{value!r} is not like child:TEXT or toy:TEXT")
    return ContextLine(Direction(who), text.strip())


def _read(file: Path) -> list[ContextLine]:
    """The history in a file. Raises RefusedError with the line that is wrong."""
    found = []
    try:
        with file.open("rb") as stream:
            for number, line in enumerate(islice(_lines(stream), MAX_HISTORY), start=1):
                try:
                    found.append(history_line(line))
                except RefusedError as error:
                    raise RefusedError(f"{file}:{number}: {error}") from error
    except OSError as error:
        raise RefusedError(f"{file}: can't read it: {error.strerror}") from error
    return found


def _lines(stream: BinaryIO) -> Iterator[str]:
    """The stream's lines; of one that is too long only so much that it shows."""
    most = 4 * MAX_LINE_CHARS + 1
    while line := stream.readline(most):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(most)
        yield line.decode("utf-8", "replace")


async def _judge(guard: Guard, args: argparse.Namespace, history: Sequence[ContextLine]) -> Verdict:
    policy = guard.policy(SafetyLevel(args.level))
    if args.direction == Direction.CHILD:
        return await guard.check_child(args.text, policy, history)
    verdict, _ = await guard.check_toy(args.text, policy, history)
    return verdict


async def _explain(guard: Guard, args: argparse.Namespace, history: Sequence[ContextLine]) -> int:
    policy = guard.policy(SafetyLevel(args.level))
    account = await guard.explain(args.text, Direction(args.direction), policy, history)
    if args.json:
        print_json(as_json(account))
    else:
        _show(account.verdict)
        console.print(explained(account))
    return 0 if account.verdict.allowed else 1


def _show(verdict: Verdict) -> None:
    if verdict.allowed:
        console.print(Text("allowed", "bold green"))
    else:
        console.print(
            Text("refused", "bold red"),
            Text(f"{verdict.category}, severity {verdict.severity} of 7"),
        )
        console.print(Text(f"why: {verdict.reason}"))
    if verdict.alert is not None:
        console.print(Text(f"a parent is told: {verdict.alert}"))
    elif verdict.look:
        console.print(Text("worth a look: a parent finds it in the day's digest"))
    console.print(Text(f"rules {verdict.rules_version}", "dim"))
