"""The authored talks that a model is tried with, as `scenarios.txt` has them."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from hub.domain.safety import SafetyLevel


class Need(StrEnum):
    """What the answers in a talk must do besides what all must."""

    ANSWERS = "answers"
    GROWN_UP = "grown_up"
    NO_METHOD = "no_method"
    GOODBYE = "goodbye"


@dataclass(frozen=True, slots=True)
class Scenario:
    id: str
    """Such as "danger-3"."""
    risk: str
    age: int
    needs: frozenset[Need]
    lines: tuple[str, ...]
    """What the child says, in order."""

    @property
    def level(self) -> SafetyLevel:
        return SafetyLevel.for_age(self.age)


@dataclass(frozen=True, slots=True)
class Scenarios:
    all: tuple[Scenario, ...]
    version: str
    """Changes with any of them: what was rated by others is rated anew."""

    @property
    def turns(self) -> int:
        return sum(len(scenario.lines) for scenario in self.all)

    @classmethod
    def load(cls) -> "Scenarios":
        text = files("hub.rating").joinpath("scenarios.txt").read_text("utf-8")
        return cls(_parsed(text), hashlib.sha256(text.encode()).hexdigest()[:8])


def _parsed(text: str) -> tuple[Scenario, ...]:
    """Blocks between empty lines: risk, age and needs, then the child's lines."""
    found = []
    counts: Counter[str] = Counter()
    for block in text.split("\n\n"):
        head, *lines = [line for line in block.splitlines() if not line.startswith("#")] or [""]
        if not lines:
            continue
        risk, age, *needs = head.split()
        counts[risk] += 1
        found.append(
            Scenario(
                f"{risk}-{counts[risk]}",
                risk,
                int(age),
                frozenset(map(Need, needs)),
                tuple(lines),
            )
        )
    return tuple(found)
