"""Only the guard makes what a toy may speak: a walk over every module's syntax tree.

Outside `hub/safety/guard.py` the class SafeText may be imported, named in annotations and asked for
with `isinstance`, and nothing else; the ways to make an object behind a class's back are closed too.
Whatever speaks or stores spoken lines takes SafeText, and speaks the words only through `words_for`.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.syntax import last_name, product_paths, source_of

MAKER = "hub/safety/guard.py"
STORE = "hub/storage/"
BACK_DOORS = {"pickle", "marshal", "shelve", "copyreg", "dill", "cloudpickle", "jsonpickle"}
RAW_MAKERS = {
    "__new__",
    "__setattr__",
    "__reduce__",
    "__reduce_ex__",
    "__setstate__",
    "__replace__",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def complaints(path: str, source: str) -> list[str]:
    """What in a module breaks the promise, one line each."""
    tree = ast.parse(source)
    found = [*_speaks_as_text(tree)]
    if path.startswith(STORE):
        found += _stores_as_text(tree)
    if path != MAKER:
        found += _makes_safe_text(tree)
    return [f"{path}:{line}: {what}" for line, what in found]


def _makes_safe_text(tree: ast.Module) -> Iterator[tuple[int, str]]:
    aliases = {"SafeText"} | {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == "SafeText" and alias.asname
    }
    named_only = {id(inner) for place in _naming_places(tree) for inner in ast.walk(place)}
    for node in ast.walk(tree):
        if id(node) in named_only:
            continue
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in aliases:
                yield node.lineno, f"{name} is used as more than a type"
            case ast.Constant(value="SafeText"):
                yield node.lineno, "SafeText is looked up by its name"
            case ast.Import(names=names) if {a.name.split(".")[0] for a in names} & BACK_DOORS:
                yield node.lineno, "imports a module that makes objects without their constructor"
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in BACK_DOORS:
                yield node.lineno, "imports a module that makes objects without their constructor"
            case ast.Attribute(value=owner, attr=attr) if attr in RAW_MAKERS and not _is_super(
                owner
            ):
                yield node.lineno, f"reaches for {attr}"
            case (
                ast.Call(func=ast.Call(func=ast.Name(id="type")))
                | ast.Call(func=ast.Attribute(attr="__class__"))
            ):
                yield node.lineno, "makes an object of another one's class"
            case ast.Call(keywords=keywords) if last_name(node) == "replace" and (
                {k.arg for k in keywords} & {"text", "policy", None}
            ):
                yield node.lineno, "replaces the text or the policy of something"


def _naming_places(tree: ast.Module) -> Iterator[ast.AST]:
    """Where a class may be named without being used: annotations, type arguments, isinstance."""
    for node in ast.walk(tree):
        match node:
            case ast.arg(annotation=ast.AST() as place) | ast.AnnAssign(annotation=place):
                yield place
            case (
                ast.FunctionDef(returns=ast.AST() as place)
                | ast.AsyncFunctionDef(returns=ast.AST() as place)
            ):
                yield place
            case ast.Subscript(slice=place):
                yield place
            case ast.Call(func=ast.Name(id="isinstance"), args=[_, place]):
                yield place


def _is_super(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_name(node) == "super"


def _speaks_as_text(tree: ast.Module) -> Iterator[tuple[int, str]]:
    speakers = list(_methods(tree, "speak"))
    for method in speakers:
        text = _parameters(method).get("text")
        if text is None or not _is_safe_text(text.annotation):
            yield method.lineno, "speak() must take `text: SafeText`"
    if not speakers:
        return
    for function in ast.walk(tree):
        if not isinstance(function, Function):
            continue
        safe = {n for n, p in _parameters(function).items() if _is_safe_text(p.annotation)}
        for node in ast.walk(function):
            match node:
                case ast.Attribute(value=ast.Name(id=name), attr="text") if name in safe:
                    yield node.lineno, f"reads {name}.text past words_for()"
    if not any(last_name(call) in {"words_for", "speak"} for call in _calls(tree)) and not all(
        _is_stub(method) for method in speakers
    ):
        yield speakers[0].lineno, "speaks without words_for()"


def _stores_as_text(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for method in _methods(tree, "spoken"):
        taken = [p for n, p in _parameters(method).items() if n not in {"self", "turn"}]
        if not taken or not all(_is_safe_text(p.annotation) for p in taken):
            yield method.lineno, "spoken() must take the line as SafeText"


def _methods(tree: ast.Module, name: str) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, Function) and member.name == name:
                    yield member


def _parameters(function: Function) -> dict[str, ast.arg]:
    arguments = function.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return {parameter.arg: parameter for parameter in every}


def _is_safe_text(annotation: ast.AST | None) -> bool:
    if isinstance(annotation, ast.Constant):
        return annotation.value == "SafeText"
    return last_name(annotation) == "SafeText"


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _is_stub(method: Function) -> bool:
    """A Protocol's method: a docstring and dots."""
    return all(
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        for statement in method.body
    )


@pytest.mark.parametrize("path", product_paths())
def test_only_the_guard_makes_what_a_toy_may_speak(path: str) -> None:
    assert complaints(path, source_of(path)) == []


def test_the_walk_sees_the_maker_and_what_speaks_and_stores() -> None:
    trees = {path: ast.parse(source_of(path)) for path in product_paths()}
    assert list(_makes_safe_text(trees[MAKER]))
    assert any(list(_methods(tree, "speak")) for path, tree in trees.items() if "providers" in path)
    assert any(list(_methods(tree, "spoken")) for path, tree in trees.items() if STORE in path)


@pytest.mark.parametrize(
    "bad",
    [
        'from hub.domain.safety import SafeText\nSafeText("boo", policy)',
        'from hub.domain.safety import SafeText as S\nS("boo", policy)',
        'import hub.domain.safety as d\nd.SafeText("boo", policy)',
        "from hub.domain.safety import SafeText\nmake = SafeText",
        "from hub.domain.safety import SafeText\nmake = partial(SafeText, policy=p)",
        "from hub.domain.safety import SafeText\nx = cast(SafeText, 'boo')",
        "from hub.domain.safety import SafeText\nclass Loud(SafeText): pass",
        "from hub.domain.safety import SafeText\nx = TypeAdapter(SafeText).validate_python(y)",
        'import hub.domain.safety as d\ngetattr(d, "SafeText")("boo", policy)',
        "from dataclasses import replace\nreplace(safe, text='boo')",
        "import dataclasses\ndataclasses.replace(safe, policy=other)",
        "import dataclasses\ndataclasses.replace(safe, **changes)",
        "import copy\ncopy.replace(safe, text='boo')",
        "safe.__replace__(text='boo')",
        "object.__new__(kind)",
        "object.__setattr__(safe, 'text', 'boo')",
        "type(safe)('boo', safe.policy)",
        "safe.__class__('boo', safe.policy)",
        "import pickle",
        "from pickle import loads",
    ],
)
def test_another_maker_is_noticed(bad: str) -> None:
    assert complaints("hub/devices/bad.py", bad)
    assert complaints("hub/safety/rules/rules.py", bad)


@pytest.mark.parametrize(
    "bad",
    [
        "class Tts:\n def speak(self, text: str, voice, policy): yield text",
        "class Tts:\n async def speak(self, text, voice, policy): yield text.words_for(policy)",
        "class Tts:\n async def speak(self, words: SafeText, voice, policy): yield words.words_for(policy)",
        "class Tts:\n async def speak(self, text: SafeText, voice, policy): yield text.text",
        "class Tts:\n async def speak(self, text: SafeText, voice, policy): yield helper(text)",
        "class Tts:\n async def speak(self, text: SafeText, voice, policy):\n"
        "  text.words_for(policy)\n  yield say(text)\n"
        "def say(line: SafeText): return line.text",
    ],
)
def test_speech_that_goes_around_the_check_is_noticed(bad: str) -> None:
    assert complaints("hub/providers/bad.py", bad)


@pytest.mark.parametrize("parameters", ["turn: Turn, line: str", "turn: Turn", "turn: Turn, line"])
def test_a_store_that_takes_unchecked_lines_is_noticed(parameters: str) -> None:
    bad = f"class Store:\n async def spoken(self, {parameters}): ..."
    assert complaints("hub/storage/bad.py", bad)


@pytest.mark.parametrize(
    "good",
    [
        "from hub.domain.safety import SafeText\ndef f(x: SafeText | None) -> SafeText: return x",
        "from hub.domain.safety import SafeText\nq = asyncio.Queue[SafeText | None](4)",
        "from hub.domain.safety import SafeText\nif isinstance(x, SafeText): pass",
        "class Tts:\n async def speak(self, text: SafeText, voice, policy): yield text.words_for(policy)",
        "class Turns:\n async def spoken(self, turn: Turn, line: SafeText): ...",
        "class A:\n def __new__(cls): return super().__new__(cls)",
        "from dataclasses import replace\nreplace(turn, state=done)\n'a'.replace('b', 'c')",
    ],
)
def test_honest_code_is_left_alone(good: str) -> None:
    assert complaints("hub/providers/good.py", good) == []
    assert complaints("hub/storage/good.py", good) == []
