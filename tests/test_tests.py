"""The tests themselves: what they share stands in modules that are no tests, and they use public surfaces."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.syntax import ROOT, last_name

A_TEST = re.compile(r"tests\.(\w+\.)*test_\w+")
PUBLIC = {"_replace", "_asdict", "_fields", "_make"}
"""Of a named tuple."""
REASON = "# private: "
"""Begins the comment on a line that has a reason to touch what is private."""


def complaints(source: str) -> list[str]:
    lines, tree = source.splitlines(), ast.parse(source)
    return [
        f"{node.lineno}: {problem}"
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt | ast.expr) and REASON not in lines[node.lineno - 1]
        for problem in problems(node)
    ]


def problems(node: ast.stmt | ast.expr) -> Iterator[str]:
    match node:
        case ast.ImportFrom(module=str(module), names=names):
            for imported in [module, *(f"{module}.{name.name}" for name in names)]:
                if A_TEST.fullmatch(imported):
                    yield f"{imported} is a test: keep what is shared in a module beside it"
                    return
        case ast.Import(names=names):
            for name in names:
                if A_TEST.fullmatch(name.name):
                    yield f"{name.name} is a test: keep what is shared in a module beside it"
        case ast.Attribute(value=owner, attr=name) if is_private(name):
            if last_name(owner) not in ("self", "cls", "super"):
                yield f"{ast.unparse(node)} is private: test by what is public"
        case _:
            pass


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in PUBLIC


def test_tests_share_no_tests_and_touch_nothing_private() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{complaint}"
        for file in sorted((ROOT / "tests").rglob("*.py"))
        for complaint in complaints(file.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "from tests.pipeline.test_turn import said",
        "from tests.pipeline import test_turn",
        "import tests.pipeline.test_turn",
        "toy._vault.open()",
        "self._toy._vault",
        "fleet.toys()[0]._link = None",
    ],
)
def test_a_bad_line_is_noticed(source: str) -> None:
    assert len(complaints(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "from tests.pipeline.turns import said",
        "from aiohttp.test_utils import TestServer",
        "self._toy = cls._made",
        "super()._begin()",
        "made._replace(volume=3)",
        "reply._place = 3  # private: else it takes an hour",
    ],
)
def test_an_honest_line_is_left_alone(source: str) -> None:
    assert complaints(source) == []
