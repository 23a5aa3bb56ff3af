"""What a hub tells, as values: parsed at the edge, so that no raw JSON travels further.

What a newer hub adds is ignored; what is missing or of another type is an `OddAnswerError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = Mapping[str, Any]


class OddAnswerError(ValueError):
    """Not what was agreed on."""


@dataclass(frozen=True)
class Hub:
    """Who answers at an address, and what our token may do there."""

    id: str
    name: str
    version: str
    api: int
    scopes: frozenset[str]

    @classmethod
    def from_json(cls, told: object) -> Hub:
        fields = _object(told)
        return cls(
            id=_text(fields, "id"),
            name=_text(fields, "name"),
            version=_text(fields, "version"),
            api=_whole(fields, "api"),
            scopes=frozenset(_texts(fields, "scopes")),
        )


@dataclass(frozen=True)
class Household:
    stopped: bool
    quiet: bool
    guard_ok: bool
    impaired: tuple[str, ...]
    """The names of the guard's checks that don't work now."""

    @classmethod
    def from_json(cls, told: object) -> Household:
        fields = _object(told)
        guard = _object(fields.get("guard"))
        return cls(
            stopped=_flag(fields, "stopped"),
            quiet=_flag(fields, "quiet"),
            guard_ok=_flag(guard, "ok"),
            impaired=tuple(_texts(guard, "impaired")),
        )


@dataclass(frozen=True)
class Body:
    """The device in which a toy lives; None is what can't be known or set of it."""

    hardware: str
    firmware: str
    volume: int | None
    volume_cap: int | None
    muted: bool | None

    @classmethod
    def from_json(cls, told: object) -> Body:
        fields = _object(told)
        return cls(
            hardware=_text(fields, "hardware"),
            firmware=_text(fields, "firmware"),
            volume=_whole_or_none(fields, "volume"),
            volume_cap=_whole_or_none(fields, "volume_cap"),
            muted=_flag_or_none(fields, "muted"),
        )


@dataclass(frozen=True)
class Toy:
    id: str
    name: str
    language: str
    safety_level: str
    paused: bool
    state: str
    last_active: datetime | None
    minutes_today: float
    body: Body | None

    @classmethod
    def from_json(cls, told: object) -> Toy:
        fields = _object(told)
        device = fields.get("device")
        return cls(
            id=_text(fields, "id"),
            name=_text(fields, "name"),
            language=_text(fields, "language"),
            safety_level=_text(fields, "safety_level"),
            paused=_flag(fields, "paused"),
            state=_text(fields, "state"),
            last_active=_time_or_none(fields, "last_active"),
            minutes_today=_number(fields, "minutes_today"),
            body=None if device is None else Body.from_json(device),
        )


@dataclass(frozen=True)
class Alert:
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
    def news(self) -> list[int]:
        """What of it can become other in a way that somebody wants to know, as JSON keeps it."""
        return [self.count, int(self.acknowledged_at is not None)]

    @classmethod
    def from_json(cls, told: object) -> Alert:
        fields = _object(told)
        at = _time_or_none(fields, "at")
        if at is None:
            raise OddAnswerError("at: missing")
        toy_id = fields.get("toy_id")
        return cls(
            id=str(fields.get("id")),
            level=_text(fields, "level"),
            category=_text(fields, "category"),
            title=_text(fields, "title"),
            at=at,
            toy_id=None if toy_id is None else str(toy_id),
            acknowledged_at=_time_or_none(fields, "acknowledged_at"),
            count=_whole(fields, "count"),
        )


@dataclass(frozen=True)
class Reply:
    """What a toy answers to something written; it passed the hub's guard."""

    text: str
    conversation_id: str

    @classmethod
    def from_json(cls, told: object) -> Reply:
        fields = _object(told)
        return cls(text=_text(fields, "text"), conversation_id=_text(fields, "conversation_id"))


@dataclass(frozen=True)
class House:
    """All that entities show: the household and its toys, by id."""

    hub: Hub
    household: Household
    toys: Mapping[str, Toy] = field(default_factory=dict)


def toys_from_json(told: object) -> dict[str, Toy]:
    listed = _object(told).get("toys")
    if not isinstance(listed, list):
        raise OddAnswerError("toys: not a list")
    toys = [Toy.from_json(one) for one in listed]
    return {toy.id: toy for toy in toys}


def revision_from_json(told: object) -> int:
    return _whole(_object(told), "revision")


def _object(told: object) -> Json:
    if not isinstance(told, dict):
        raise OddAnswerError("not an object")
    return told


def _text(fields: Json, name: str) -> str:
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise OddAnswerError(f"{name}: not text")
    return value


def _texts(fields: Json, name: str) -> list[str]:
    value = fields.get(name)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise OddAnswerError(f"{name}: not a list of text")
    return value


def _flag(fields: Json, name: str) -> bool:
    value = fields.get(name)
    if not isinstance(value, bool):
        raise OddAnswerError(f"{name}: not true or false")
    return value


def _flag_or_none(fields: Json, name: str) -> bool | None:
    return None if fields.get(name) is None else _flag(fields, name)


def _number(fields: Json, name: str) -> float:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise OddAnswerError(f"{name}: not a number")
    return float(value)


def _whole(fields: Json, name: str) -> int:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise OddAnswerError(f"{name}: not a whole number")
    return value


def _whole_or_none(fields: Json, name: str) -> int | None:
    return None if fields.get(name) is None else _whole(fields, name)


def _time_or_none(fields: Json, name: str) -> datetime | None:
    if fields.get(name) is None:
        return None
    at = datetime.fromisoformat(_text(fields, name))
    return at if at.tzinfo else at.replace(tzinfo=UTC)
