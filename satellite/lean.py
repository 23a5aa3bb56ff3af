"""Keeps what libraries load and the toy never uses out of it: 6 MB, and a quarter of its start.

Imported before them, it puts a few lines in the place of modules that bring many others: wyoming reads its own version
through `importlib.metadata`, ifaddr looks for libc through `ctypes.util`. What is loaded already stays as it is.
"""

import ctypes
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Final

_COLLECTS_AFTER: Final = 10_000
"""New objects; by itself Python looks for garbage after each 700 of them, a hundred times until the toy listens."""

_BY_ITSELF: Final = gc.get_threshold()

gc.set_threshold(_COLLECTS_AFTER)


def started() -> None:
    """Garbage is looked for as often as Python does by itself, but no more in what is there to stay.

    Else strangers' broken connections, each with what it sent, would be kept by the hundred.
    """
    gc.freeze()
    gc.set_threshold(*_BY_ITSELF)


def _instead_of(name: str, **content: object) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(content)
    return sys.modules.setdefault(name, module)


def _later(module: str, function: str) -> Callable[..., object]:
    """The function, whose module is loaded when it is called."""
    return lambda *args, **more: getattr(import_module(module), function)(*args, **more)


_instead_of("wyoming.version", __version__="")
_instead_of(  # which gpiozero tries before importlib.metadata
    "importlib_metadata", entry_points=_later("importlib.metadata", "entry_points")
)
# None is the program itself, in which libc is.
ctypes.util = _instead_of("ctypes.util", find_library=lambda name: None)  # type: ignore[attr-defined]


@contextmanager
def gpiozero() -> Iterator[None]:
    """Imports of gpiozero's modules in here load these alone, not all the devices that its package knows.

    Whoever wants a name of the package itself gets the whole package then, which takes 4 MB.
    """
    spec = find_spec("gpiozero") if "gpiozero" not in sys.modules else None
    if spec is not None and spec.loader is not None:
        package, load = module_from_spec(spec), spec.loader.exec_module

        def whole(name: str) -> object:
            del package.__getattr__
            load(package)
            return getattr(package, name)

        package.__getattr__ = whole  # type: ignore[method-assign]  # a module may have one
        sys.modules["gpiozero"] = package
    functions = {name: _later("statistics", name) for name in ("median", "mean")}
    statistics = _instead_of("statistics", **functions)  # it smooths what a button doesn't need
    try:
        yield
    finally:
        if not hasattr(statistics, "__file__"):  # others get the real one
            del sys.modules["statistics"]
