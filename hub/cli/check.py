"""`pommai-hub check`: asks the guard about a text, or about each line of JSON that comes in."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from typing import BinaryIO

from rich.console import Console
from rich.text import Text

from hub.config import Config
from hub.domain.clock import SystemClock
from hub.domain.safety import Direction, SafetyLevel, Verdict
from hub.errors import RefusedError
from hub.safety.assembly import build_guard
from hub.safety.guard import Guard
from hub.safety.jsonl import MAX_LINE_CHARS, answer

console = Console(highlight=False, soft_wrap=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
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
        "--jsonl", action="store_true", help="answer each line of JSON on stdin at once"
    )


def run(args: argparse.Namespace, config: Config) -> int:
    if args.jsonl == (args.text is not None):
        raise RefusedError("check: give either a TEXT or --jsonl")
    guard = build_guard(config.safety, SystemClock())
    if args.jsonl:
        with asyncio.Runner() as runner:
            for line in _lines(sys.stdin.buffer):
                print(json.dumps(runner.run(answer(line, guard))), flush=True)  # noqa: T201
        return 0
    verdict = asyncio.run(_judge(guard, args))
    _show(verdict)
    return 0 if verdict.allowed else 1


def _lines(stream: BinaryIO) -> Iterator[str]:
    """The stream's lines; of one that is too long only so much that it shows."""
    most = 4 * MAX_LINE_CHARS + 1
    while line := stream.readline(most):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(most)
        yield line.decode("utf-8", "replace")


async def _judge(guard: Guard, args: argparse.Namespace) -> Verdict:
    policy = guard.policy(SafetyLevel(args.level))
    if args.direction == Direction.CHILD:
        return await guard.check_child(args.text, policy)
    verdict, _ = await guard.check_toy(args.text, policy)
    return verdict


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
    console.print(Text(f"rules {verdict.rules_version}", "dim"))
