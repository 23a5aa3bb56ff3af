"""The benchmark of the limits: a run that was stopped goes on where it was, and only by the same code."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from bench import limits


def test_a_stopped_run_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = tmp_path / "out" / "stopped.jsonl"
    whole = limits.reckon(range(3))
    kept = limits.Kept(stopped)
    assert kept.of("reckon 0 to 3") is None
    kept.keep("reckon 0 to 3", {**whole, "turns": 1_000_000})

    def in_one_share(kept: limits.Kept) -> dict[str, int]:
        quiet = Console(quiet=True)
        return limits.in_shares(limits.reckon, range(0, 3, 50), 3, kept, quiet)

    assert in_one_share(limits.Kept(stopped))["turns"] == 1_000_000
    monkeypatch.setattr(limits, "CODE", ("tests/bench",))
    assert in_one_share(limits.Kept(stopped)) == whole
    assert [json.loads(line)[1] for line in stopped.read_text().splitlines()] == [
        "reckon 0 to 3",
        "reckon 0 to 3",
    ]
