"""The scorecard in the docs is written from figures, and stays in step with them."""

import json
from pathlib import Path

import pytest

from bench.guard import scorecard

RATE = {"rate": 0.75, "low": 0.6, "high": 0.86, "hits": 30, "of": 40}


def test_the_page_is_what_the_kept_figures_give() -> None:
    kept = json.loads(scorecard.KEPT.read_text("utf-8"))
    page = scorecard.PAGE.read_text("utf-8")
    assert page == scorecard.page(kept), "out of date; run: python -m bench.guard.scorecard"
    drawn = scorecard.CHART.read_text("utf-8")
    assert drawn == scorecard.chart(kept["learning_curve"]), "out of date, too"


def test_a_run_of_the_bench_becomes_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scorecard, "KEPT", tmp_path / "kept.json")
    monkeypatch.setattr(scorecard, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(scorecard, "CHART", tmp_path / "chart.svg")
    score = {"recall": RATE, "false_alarms": None, "alerts": None, "false_alerts": None}
    measured = tmp_path / "safety.json"
    results = {
        "classifier": "abc",
        "sets": {"unseen": {"all": score}},
        "learning_curve": [{"writers": count, "recall": RATE} for count in (1, 4)],
        "speed": {"p95": 3},
    }
    measured.write_text(json.dumps(results), "utf-8")
    scorecard.main(measured)
    page = scorecard.PAGE.read_text("utf-8")
    assert "Classifier abc." in page
    assert "| all | 30 of 40: 75.0% (60%–86%), 10 missed | – | – | – |" in page
    assert "| 4 writers | 30 of 40: 75.0% (60%–86%), 10 missed | – |" in page
    assert (tmp_path / "chart.svg").read_text("utf-8").count("75%</text>") == 3
    assert "speed" not in json.loads(scorecard.KEPT.read_text("utf-8"))
