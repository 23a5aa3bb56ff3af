"""What toys remember of two siblings after 40 talks on 20 days, whom it reaches, and whether it stays erased."""

from rich.console import Console
from rich.table import Table

from bench.memories import measure
from bench.memories.play import siblings

DAYS = 20
PROBES = 1000
TIMES = 200


async def run(console: Console) -> dict[str, object]:
    async with siblings() as home:
        console.print("Talking ...")
        await home.tell(DAYS)
        kept = await measure.remembered(home, DAYS)
        read_ms, find_ms = await measure.recall_ms(home, TIMES)
        answered = await measure.answered(home, DAYS)
        console.print("Asking for what the other child said ...")
        leaks = await measure.told_to_others(home, PROBES)
        console.print("Erasing, and asking for it ...")
        back = await measure.come_back(home, PROBES)
    table = Table("", "", title="memory")
    for words, told in (
        ("remembered of what should be", f"{kept.kept} of {kept.wanted}"),
        ("remembered of what must not be", f"{len(kept.kept_unwanted)} of {kept.unwanted}"),
        ('"do you remember …?" after a week', f"{answered.right} of {answered.asked}"),
        ("the same by a model that only copies", f"{answered.by_model} of {answered.asked}"),
        ("lines of one child that reached another", f"{len(leaks)} in {PROBES} turns"),
        ("erased lines that came back", f"{len(back)} in {PROBES} turns"),
        ("read while a child speaks, p95", f"{read_ms:.1f} ms"),
        ("found for its words, p95", f"{find_ms:.2f} ms"),
    ):
        table.add_row(words, told)
    console.print(table)
    for line in (
        *kept.missed,
        *kept.kept_unwanted,
        *answered.missed_by_model,
        *leaks[:20],
        *back[:20],
    ):
        console.print(line)
    return {
        "wanted": kept.wanted,
        "kept": kept.kept,
        "missed": kept.missed,
        "unwanted": kept.unwanted,
        "kept_unwanted": kept.kept_unwanted,
        "asked": answered.asked,
        "right": answered.right,
        "right_by_model": answered.by_model,
        "probes": PROBES,
        "leaks": leaks,
        "come_back": back,
        "read_p95_ms": round(read_ms, 2),
        "find_p95_ms": round(find_ms, 3),
    }
