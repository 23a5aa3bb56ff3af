"""What a language model may have a toy do in its place: tools with closed parameters, and its calls, read strictly.

A call brings none of the model's words: each value is one of a list, or a whole number between two.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MAX_NAME_CHARS: Final = 64
MAX_ARGUMENTS_CHARS: Final = 500
"""Of one call, as JSON; ours need a tenth."""


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple[str, ...]

    def schema(self) -> dict[str, object]:
        return {"type": "string", "enum": list(self.options)}

    def holds(self, value: object) -> bool:
        return isinstance(value, str) and value in self.options


@dataclass(frozen=True, slots=True)
class Whole:
    least: int
    most: int

    def schema(self) -> dict[str, object]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def holds(self, value: object) -> bool:
        return type(value) is int and self.least <= value <= self.most


Arguments = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    says: str
    """What it does, as a model reads it."""
    parameters: Mapping[str, Choice | Whole] = field(default_factory=dict)
    """All are required."""

    def schema(self) -> dict[str, object]:
        """As JSON Schema; nothing else may stand in the arguments."""
        return {
            "type": "object",
            "properties": {name: each.schema() for name, each in self.parameters.items()},
            "required": list(self.parameters),
            "additionalProperties": False,
        }

    def read(self, arguments: str) -> Arguments | None:
        """What a call gives it; None where that isn't just what it takes."""
        if len(arguments) > MAX_ARGUMENTS_CHARS:
            return None
        try:
            values = json.loads(arguments or "{}")
        except (ValueError, RecursionError):
            return None
        if not isinstance(values, dict) or values.keys() != self.parameters.keys():
            return None
        fits = all(each.holds(values[name]) for name, each in self.parameters.items())
        return values if fits else None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """By a model, not checked yet."""

    name: str
    arguments: str
    """JSON, as it was streamed; cut where it is longer than MAX_ARGUMENTS_CHARS and one character."""
