"""`python -m bench`: finds its benchmarks, writes what they found, and names a wrong one."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from bench import __main__ as bench


def test_every_benchmark_is_found() -> None:
    assert bench.names() == [
        "embedded",
        "endpoint",
        "flood",
        "homeassistant",
        "kills",
        "latency",
        "limits",
        "memory",
        "pages",
        "play",
        "rating",
        "recall",
        "restore",
        "safety",
        "satellite",
        "scale",
        "soak",
        "strangers",
        "wake",
    ]


def test_results_are_written_with_when_and_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fast:
        @staticmethod
        async def run(console: Console) -> dict[str, object]:
            return {"answer": 42}

    monkeypatch.setattr("bench.__main__.importlib.import_module", lambda name: Fast)
    file = bench.run("fast", Console(quiet=True), tmp_path / "out")
    found = json.loads(file.read_text("utf-8"))
    assert (found["benchmark"], found["answer"]) == ("fast", 42)
    assert found["python"]


def test_results_that_are_rows_stand_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Rows:
        ROWS_ONLY = True

        @staticmethod
        async def run(console: Console) -> dict[str, object]:
            return {"ours": {"cut_ins": 3}}

    monkeypatch.setattr("bench.__main__.importlib.import_module", lambda name: Rows)
    file = bench.run("rows", Console(quiet=True), tmp_path)
    assert json.loads(file.read_text("utf-8")) == {"ours": {"cut_ins": 3}}


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["nonsense"]) == 2
    assert "no benchmark is called nonsense" in capsys.readouterr().err
