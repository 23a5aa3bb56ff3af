"""Keeps what libraries load and the toy never uses out of it: 9 MB, and a quarter of its start.

Imported before them, it puts a few names in the place of modules that bring many others: wyoming reads its own version
through `importlib.metadata`, ifaddr looks for libc through `ctypes.util`. Whoever wants another name of such a module
gets the whole one, loaded then. What is loaded already stays as it is.
"""

import ctypes  # noqa: F401  # before its `util`
import gc
import os
import sys
import urllib  # noqa: F401  # before its `parse`
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from threading import Lock
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


def forget(*modules: str) -> None:
    """They have done their work: what is loaded next gets their memory."""
    for module in modules:
        sys.modules.pop(module, None)
        package, _, name = module.rpartition(".")
        if package:
            vars(sys.modules[package]).pop(name, None)


class _Few(ModuleType):
    """Some names of a module, which is loaded when it is asked for another."""

    def __getattr__(self, name: str) -> object:
        if name == "__path__":  # which each import asks for
            raise AttributeError(name)
        try:
            whole = _whole(self.__name__)
        except ModuleNotFoundError as error:
            raise AttributeError(name) from error  # it stood in for what is not installed
        return getattr(whole, name)


_loading: Final = Lock()


def _whole(module: str) -> ModuleType:
    with _loading:
        if isinstance(sys.modules.get(module), _Few):
            del sys.modules[module]
    return import_module(module)


def _only(module: str, **names: object) -> None:
    """These names are enough of a module, until somebody asks for another."""
    if module not in sys.modules:
        few = sys.modules[module] = _Few(module)
        vars(few).update(names)
        package, _, name = module.rpartition(".")
        if package in sys.modules:
            setattr(sys.modules[package], name, few)


def _later(module: str, name: str) -> Callable[..., object]:
    """The function or class, whose module is loaded when it is called."""
    return lambda *args, **more: getattr(_whole(module), name)(*args, **more)


def _find_library(name: str) -> object:
    """None is the program itself, in which libc is."""
    return None if name == "c" else _later("ctypes.util", "find_library")(name)


class _NodeVisitor:
    """The one of `ast`, for `inspect`, which makes a class of it for reading the source code of a class."""

    def __getattr__(self, name: str) -> object:
        return partial(getattr(_whole("ast").NodeVisitor, name), self)


_only("wyoming.version", __version__="")
_only("ctypes.util", find_library=_find_library)
_only("platform", system=lambda: os.uname().sysname)  # ifaddr's
# gpiozero tries it before importlib.metadata, smooths what a button doesn't need, and names colours: 0.8 MB.
_only("importlib_metadata", entry_points=_later("importlib.metadata", "entry_points"))
_only("statistics", **{name: _later("statistics", name) for name in ("median", "mean")})
_only("colorzero", Color=_later("colorzero", "Color"))
_only("urllib.parse", quote_from_bytes=_later("urllib.parse", "quote_from_bytes"))  # pathlib's
_only("ntpath")  # pathlib's for Windows
_only("tokenize")  # for the source code in a traceback
_only("locale")  # for programs that are spoken to in text
# A toy only announces itself.
_browser = "zeroconf._services.browser"
_only(_browser, ServiceBrowser=_later(_browser, "ServiceBrowser"))
# What argparse says by itself has no translations.
_only("gettext", gettext=str, ngettext=lambda one, more, number: one if number == 1 else more)
if sys.modules.keys().isdisjoint(("ast", "inspect")):  # asyncio brings both
    _only("ast", NodeVisitor=_NodeVisitor)
    import_module("inspect")
    del vars(sys.modules["ast"])["NodeVisitor"]  # others get the real one


def shorten_gpiozero() -> None:
    """What is imported of gpiozero's modules loads these alone, not all the devices that its package knows.

    Whoever wants a name of the package itself gets the whole package then, which takes 4 MB.
    """
    spec = find_spec("gpiozero") if "gpiozero" not in sys.modules else None
    if spec is None or spec.loader is None:
        return
    package, load = module_from_spec(spec), spec.loader.exec_module

    def whole(name: str) -> object:
        del package.__getattr__
        load(package)
        return getattr(package, name)

    package.__getattr__ = whole  # type: ignore[method-assign]  # a module may have one
    sys.modules["gpiozero"] = package
