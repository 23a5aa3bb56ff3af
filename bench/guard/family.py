"""What a family lives with: long harmless talks, emergencies told one after the other, and lines heard wrong.

The whole guard judges, as it ships. The talks and pairs are our own; the garbled lines are those that nothing is
trained on.
"""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.guard.calm import calm_talks, listen
from bench.guard.garble import cost
from bench.guard.score import Rate
from bench.guard.sources import OURS, UNSEEN, read_texts
from bench.guard.talks import guards
from hub.domain.safety import ContextLine, Direction, SafetyLevel
from hub.safety.guard import Guard

PAIRS = Path(__file__).parent / "emergency_pairs.txt"
SEED = 20261121


def emergency_pairs() -> list[tuple[str, str]]:
    """Two different emergencies each, in a child's words."""
    lines = [line for line in PAIRS.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [(first, second) for first, _, second in (line.partition(" | ") for line in lines)]


async def pairs_told(guard: Guard, pairs: Sequence[tuple[str, str]], level: SafetyLevel) -> Rate:
    """Pairs of which parents are told of each."""
    policy, told = guard.policy(level), 0
    for first, second in pairs:
        before = [ContextLine(Direction.CHILD, first)]
        verdicts = [
            await guard.check_child(first, policy),
            await guard.check_child(second, policy, before),
        ]
        told += all(verdict.alert for verdict in verdicts)
    return Rate(told, len(pairs))


async def run(console: Console) -> dict[str, object]:
    """Its tables; the results by name."""
    guard = guards()["all, with the whole talk"]
    table = Table("level", "turns stopped", "alerts", "worth a look", "pairs of emergencies told",
                  title="40 harmless talks of 60 turns, and 60 pairs of emergencies")  # fmt: skip
    talks: dict[str, object] = {}
    pairs: dict[str, object] = {}
    for level in SafetyLevel:
        calm = await listen(guard, level, calm_talks())
        told = await pairs_told(guard, emergency_pairs(), level)
        rates = (len(calm.stopped), len(calm.told), len(calm.looks))
        table.add_row(level.value, *(str(Rate(hits, calm.turns)) for hits in rates), str(told))
        talks[level.value], pairs[level.value] = calm.to_json(), told.to_json()
    console.print(table)
    return {
        "calm_talks": talks,
        "emergency_pairs": pairs,
        "heard_wrong": await _heard_wrong(console, guard),
    }


async def _heard_wrong(console: Console, guard: Guard) -> dict[str, object]:
    rates = await cost(guard, read_texts(UNSEEN, OURS), SEED)
    names = list(next(iter(rates.values())))
    table = Table("words garbled", *names, title="unseen child talk, heard wrong; level moderate")
    for share, found in rates.items():
        table.add_row(share, *(str(found[name]) for name in names))
    console.print(table)
    return {
        share: {name: rate.to_json() for name, rate in found.items()}
        for share, found in rates.items()
    }
