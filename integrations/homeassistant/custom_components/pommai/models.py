"""What a hub tells, as values: parsed at the edge, so that no raw JSON travels further.

What a newer hub adds is ignored; what is missing or of another type is an `OddAnswerError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from types import UnionType
from typing import Any, Final, Self, get_args, get_origin, get_type_hints

_WORDS: Final = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}


class OddAnswerError(ValueError):
    """Not what was agreed on."""


@dataclass(frozen=True)
class FromJson:
    """A value that comes as an object with a member for each of its fields, of the type that the field has."""

    @classmethod
    def from_json(cls, content: object) -> Self:
        given = _object(content)
        types = get_type_hints(cls)
        values = {one.name: _value(one.name, types[one.name], given) for one in fields(cls)}
        return cls(**values)


@dataclass(frozen=True)
class Hub(FromJson):
    """Who answers at an address, and what our token may do there."""

    id: str
    name: str
    version: str
    api: int
    scopes: frozenset[str]


@dataclass(frozen=True)
class Guard(FromJson):
    ok: bool
    impaired: tuple[str, ...]
    """The names of its checks that don't work now."""


@dataclass(frozen=True)
class Household(FromJson):
    stopped: bool
    quiet: bool
    guard: Guard


@dataclass(frozen=True)
class ToyDevice(FromJson):
    """The device in which a toy lives; None is what can't be known or set of it."""

    hardware: str
    firmware: str
    volume: int | None
    volume_cap: int | None
    muted: bool | None


@dataclass(frozen=True)
class Toy(FromJson):
    id: str
    name: str
    language: str
    safety_level: str
    paused: bool
    state: str
    last_active: datetime | None
    minutes_today: float
    device: ToyDevice | None


@dataclass(frozen=True)
class Alert(FromJson):
    """That something happened, never the words: those stay on the hub."""

    id: str
    level: str
    category: str
    title: str
    at: datetime
    toy_id: str | None
    acknowledged_at: datetime | None
    count: int

    @property
    def known_as(self) -> list[int]:
        """What of it can become other in a way that somebody wants to know, as JSON keeps it."""
        return [self.count, int(self.acknowledged_at is not None)]


@dataclass(frozen=True)
class Reply(FromJson):
    """What a toy answers to something written; it passed the hub's guard."""

    text: str
    conversation_id: str


@dataclass(frozen=True)
class HubState:
    """All that entities show: the household and its toys, by id."""

    hub: Hub
    household: Household
    toys: Mapping[str, Toy] = field(default_factory=dict)


def toys_from_json(content: object) -> dict[str, Toy]:
    listed = _object(content).get("toys")
    if not isinstance(listed, list):
        raise OddAnswerError("toys: not a list")
    toys = [Toy.from_json(one) for one in listed]
    return {toy.id: toy for toy in toys}


def revision_from_json(content: object) -> int:
    return int(_value("revision", int, _object(content)))


def _object(content: object) -> Mapping[str, Any]:
    if not isinstance(content, dict):
        raise OddAnswerError("not an object")
    return content


def _value(name: str, wanted: Any, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a field of any type
    """The member `name` as a `wanted`; one that may be None may also be missing."""
    value = given.get(name)
    if get_origin(wanted) is UnionType:
        return None if value is None else _value(name, get_args(wanted)[0], given)
    if get_origin(wanted) in (frozenset, tuple):
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise OddAnswerError(f"{name}: not a list of text")
        return get_origin(wanted)(value)
    if issubclass(wanted, FromJson):
        return wanted.from_json(value)
    if wanted is datetime:
        at = datetime.fromisoformat(_value(name, str, given))
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    if type(value) is int and wanted in (str, float):
        return wanted(value)
    if type(value) is not wanted:
        raise OddAnswerError(f"{name}: not {_WORDS[wanted]}")
    return value
