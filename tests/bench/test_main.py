"""`python -m bench`: finds its benchmarks, writes what they found, and names a wrong one."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from bench import __main__ as bench


def test_the_guards_benchmark_is_found() -> None:
    assert "safety" in bench.names()


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


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["nonsense"]) == 2
    assert "no benchmark is called nonsense" in capsys.readouterr().err
