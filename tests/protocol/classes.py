"""What a release of the `wyoming` package knows: run with the Python that has it installed.

python classes.py samples     an example of each event that it can make: with all that can be in it, and with little
python classes.py parse       reads events and says what its classes can't read, and which types it doesn't know

Both read and print JSON; sound is hexadecimal.
"""

import dataclasses
import enum
import importlib
import inspect
import json
import pkgutil
import sys
import types
import typing

import wyoming
from wyoming.event import Event, Eventable

SOUND = {"rate": 16_000, "width": 2, "channels": 1}
"""Numbers that must make sense together."""


def event_classes() -> list[typing.Any]:
    """Every kind of event in the package, by its modules: a new one is found by itself."""
    found = {}
    for module in pkgutil.walk_packages(wyoming.__path__, "wyoming."):
        try:
            loaded = importlib.import_module(module.name)
        except ImportError:
            continue  # it serves HTTP, or finds by zeroconf, with packages that aren't here
        for name, value in vars(loaded).items():
            is_event = inspect.isclass(value) and issubclass(value, Eventable)
            if is_event and not inspect.isabstract(value) and dataclasses.is_dataclass(value):
                found[f"{value.__module__}.{name}"] = value
    return [found[name] for name in sorted(found)]


def example(hint: typing.Any, name: str, whole: bool) -> typing.Any:
    """A value of a field."""
    origin = typing.get_origin(hint)
    arguments = [a for a in typing.get_args(hint) if a is not type(None)]
    if origin in (typing.Union, getattr(types, "UnionType", typing.Union)):
        return example(arguments[0], name, whole)
    if origin in (list, list) or origin is tuple:
        return [example(arguments[0], name, whole)]
    if origin is dict or hint is dict:
        return {}
    if dataclasses.is_dataclass(hint):
        return make(hint, whole)
    if inspect.isclass(hint) and issubclass(hint, enum.Enum):
        return next(iter(hint))
    plain = {str: "x", int: SOUND.get(name, 1), float: 0.5, bool: True, bytes: b"\1\2" * 160}
    return plain.get(hint, "x")


def make(kind: typing.Any, whole: bool) -> typing.Any:
    hints = typing.get_type_hints(kind)
    given = {}
    for field in dataclasses.fields(kind):
        missing = dataclasses.MISSING
        has_default = field.default is not missing or field.default_factory is not missing
        if field.init and (whole or not has_default):
            given[field.name] = example(hints[field.name], field.name, whole)
    return kind(**given)


def samples() -> list[dict[str, typing.Any]]:
    made = []
    for kind in event_classes():
        for whole in (True, False):
            event = make(kind, whole).event()
            payload = event.payload.hex() if event.payload else None
            made.append({"type": event.type, "data": event.data, "payload": payload})
    return made


def parse(events: list[dict[str, typing.Any]]) -> dict[str, list[str]]:
    wrong, unknown = [], []
    kinds = event_classes()
    for event in events:
        read = Event(event["type"], event["data"], bytes.fromhex(event["payload"] or "") or None)
        fitting = [kind for kind in kinds if kind.is_type(read.type)]
        if not fitting:
            unknown.append(read.type)
        for kind in fitting:
            try:
                kind.from_event(read)
            except Exception as error:  # noqa: BLE001 - whatever it is, the far side would fail
                wrong.append(f"{kind.__name__}: {type(error).__name__}: {error}")
    return {"wrong": sorted(set(wrong)), "unknown": sorted(set(unknown))}


if __name__ == "__main__":
    what = samples() if sys.argv[1] == "samples" else parse(json.load(sys.stdin))
    json.dump(what, sys.stdout)
