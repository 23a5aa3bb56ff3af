"""No async generator yields inside a task group or a timeout (PEP 789): its reader could be cancelled for it.

Generators that are context managers by decorator are spared, as PEP 789 spares them.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.syntax import last_name, product_paths, source_of

SCOPES = {
    "TaskGroup", "timeout", "timeout_at", "open_nursery", "create_task_group",
    "move_on_after", "move_on_at", "fail_after", "fail_at", "CancelScope",
}  # fmt: skip
ENTERS = {"enter_async_context", "enter_context"}
CONTEXT_MANAGERS = {"contextmanager", "asynccontextmanager", "fixture"}


def complaints(path: str, source: str) -> list[str]:
    """Each yield that stands inside a cancel scope, one line each."""
    return [
        f"{path}:{node.lineno}: {function.name} yields inside a task group or a timeout"
        for function in ast.walk(ast.parse(source))
        if isinstance(function, ast.AsyncFunctionDef)
        and not {last_name(decorator) for decorator in function.decorator_list} & CONTEXT_MANAGERS
        for node in _yields_in_scope(function)
    ]


def _yields_in_scope(function: ast.AsyncFunctionDef) -> Iterator[ast.Yield]:
    scopes = {
        last_name(target)
        for node in _own(function)
        if isinstance(node, ast.Assign) and _is_scope(node.value)
        for target in node.targets
    }
    entered = any(
        isinstance(node, ast.Call) and last_name(node) in ENTERS and any(map(_is_scope, node.args))
        for node in _own(function)
    )
    if entered:
        yield from (node for node in _own(function) if isinstance(node, ast.Yield))
        return
    for block in _own(function):
        if isinstance(block, ast.With | ast.AsyncWith) and any(
            _is_scope(item.context_expr) or last_name(item.context_expr) in scopes
            for item in block.items
        ):
            yield from (node for node in _own(block) if isinstance(node, ast.Yield))


def _is_scope(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_name(node).lstrip("_") in SCOPES


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """Everything below `node` that runs in the same function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        yield child
        yield from _own(child)


@pytest.mark.parametrize("path", product_paths())
def test_no_generator_of_ours_yields_inside_a_task_group_or_a_timeout(path: str) -> None:
    assert complaints(path, source_of(path)) == []


@pytest.mark.parametrize(
    "body",
    [
        "async with asyncio.TaskGroup() as group:\n  yield 1",
        "async with TaskGroup():\n  yield 1",
        "async with asyncio.timeout(3):\n  yield 1",
        "async with self._clock.timeout(3):\n  for x in y:\n   yield x",
        "async with other(), clock.timeout(3):\n  yield 1",
        "with anyio.move_on_after(3):\n  yield 1",
        "group = asyncio.TaskGroup()\n async with group:\n  yield 1",
        "async with AsyncExitStack() as stack:\n  await stack.enter_async_context(TaskGroup())\n  yield 1",
        "async with clock.timeout(3):\n  x = yield 1",
    ],
)
def test_a_yield_inside_a_scope_is_noticed(body: str) -> None:
    assert complaints("bad.py", f"async def f(self):\n {body}\n")


@pytest.mark.parametrize(
    "good",
    [
        "async def f():\n async with lock:\n  yield 1",
        "async def f():\n async with clock.timeout(3):\n  x = await g()\n yield x",
        "async def f():\n async with TaskGroup() as g:\n  async def inner():\n   yield 1",
        "@asynccontextmanager\nasync def f():\n async with TaskGroup() as g:\n  yield g",
        "def f():\n with open(p) as file:\n  yield file",
    ],
)
def test_an_honest_generator_is_left_alone(good: str) -> None:
    assert complaints("good.py", good) == []
