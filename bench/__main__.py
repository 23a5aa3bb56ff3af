"""Runs the benchmarks: `python -m bench [NAME ...]`, all of them by default.

A benchmark is a module of this package with `async def run(console)`, and maybe with the `times` or `minutes` that
it is to take, which `--times` and `--minutes` set. It prints its tables and gives
its results, which are written to `bench/out/NAME.json`: a list of rows, or a dict, to which is added
what is known of the run unless the module says `ROWS_ONLY`.
"""

import argparse
import asyncio
import importlib
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from rich.console import Console

HERE = Path(__file__).parent
OUT = HERE / "out"


def names(folder: Path = HERE) -> list[str]:
    """The benchmarks there are."""
    return sorted(
        file.stem
        for file in folder.glob("*.py")
        if "async def run(" in file.read_text("utf-8") and not file.stem.startswith("_")
    )


def run(
    name: str, console: Console, out: Path = OUT, extent: Mapping[str, float] = MappingProxyType({})
) -> Path:
    """Run one and write its results; gives the file. `extent` is for those that take `times` or `minutes`."""
    console.rule(name)
    started = datetime.now(UTC)
    benchmark = importlib.import_module(f"bench.{name}")
    selector = getattr(benchmark, "SELECTOR", None)  # of who times what comes
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        results = runner.run(benchmark.run(console, **extent))
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{name}.json"
    about = {
        "benchmark": name,
        "at": started.isoformat(timespec="seconds"),
        "took_s": round((datetime.now(UTC) - started).total_seconds(), 1),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }
    rows_only = isinstance(results, list) or getattr(benchmark, "ROWS_ONLY", False)
    told = results if rows_only else {**about, **results}
    file.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    console.print(f"written to {file}")
    return file


def main(arguments: Sequence[str] | None = None) -> int:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the hub has it
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(names())}")
    parser.add_argument("--times", type=int, help="how often, for flood and kills")
    parser.add_argument("--minutes", type=float, help="how long, for soak")
    asked = vars(parser.parse_args(arguments))
    wanted = asked.pop("names") or names()
    extent = {name: value for name, value in asked.items() if value is not None}
    if unknown := sorted(set(wanted) - set(names())):
        print(
            f"no benchmark is called {unknown[0]}; there are: {', '.join(names())}", file=sys.stderr
        )
        return 2
    console = Console(width=None if sys.stdout.isatty() else 132)
    for name in wanted:
        run(name, console, extent=extent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
