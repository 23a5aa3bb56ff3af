"""The product's source as syntax trees, for the tests that hold promises which types alone can't."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = ("hub", "satellite", "guardian_web", "integrations")


def product_paths() -> list[str]:
    """Every module, as a path below the project's folder."""
    return [
        file.relative_to(ROOT).as_posix()
        for part in PRODUCT
        for file in sorted((ROOT / part).rglob("*.py"))
    ]


def source_of(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def last_name(node: ast.AST | None) -> str:
    """ "c" for `c` and for `a.b.c`; of a call, its function's; "" for anything else."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=func):
            return last_name(func)
        case _:
            return ""
