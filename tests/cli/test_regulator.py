"""The document for regulators: every line has an honest answer, and every test that it names is there."""

import ast
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from hub.cli.regulator import documents
from hub.cli.regulator.rules import Rule, Rules
from tests.cli.command import hub_command, one_line

ROOT = Path(__file__).parents[2]
RULES = Rules.load()
NAMED = sorted({test for rule in RULES.rule for test in rule.tests})
LINE = {"asks": "x", "laws": ["toys"], "checked": True, "does": "", "lacks": "", "tests": []}


@pytest.mark.parametrize("name", NAMED)
def test_a_test_that_is_named_is_there(name: str) -> None:
    file, _, function = name.partition("::")
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    defined = {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert function in defined


def test_every_law_is_asked_about_and_named_in_full() -> None:
    assert set(RULES.laws) == {law for rule in RULES.rule for law in rule.laws}
    assert len(RULES.rule) == 18


@pytest.mark.parametrize(
    ("status", "more"),
    [
        ("done", {}),
        ("done", {"does": "All."}),
        ("partly", {"does": "A.", "tests": ["t"]}),
        ("not done", {}),
    ],
)
def test_an_answer_that_says_nothing_is_none(status: str, more: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="say what"):
        Rule.model_validate(LINE | {"status": status} | more)
    Rule.model_validate(LINE | {"status": "not done", "lacks": "All of it."})


def test_every_line_stands_in_both_with_its_answer_and_tests() -> None:
    for text in documents(date(2026, 11, 21)).values():
        assert "21 November 2026" in text
        assert "no legal advice" in text
        plain = text.replace("&#39;", "'")
        for rule in RULES.rule:
            for words in (rule.asks, rule.does, rule.lacks, *rule.tests, *RULES.named(rule)):
                assert words in plain, words
        assert text.count("† Not checked") == sum(not rule.checked for rule in RULES.rule)
        for status in {rule.status for rule in RULES.rule}:
            assert status.value.capitalize() in text


def test_the_command_writes_both(tmp_path: Path) -> None:
    result = hub_command("regulator", tmp_path / "new" / "folder")
    assert result.returncode == 0, result.stderr
    assert {path.name for path in (tmp_path / "new" / "folder").iterdir()} == {
        "rules.md",
        "rules.html",
    }
    (tmp_path / "taken").touch()
    assert "can't write there" in one_line(hub_command("regulator", tmp_path / "taken"))
