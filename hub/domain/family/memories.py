"""What a toy remembers of a child: single lines, each with where it comes from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

MAX_MEMORY_CHARS: Final = 200
"""One line: a sentence that a toy can say."""
MAX_MEMORIES: Final = 300
"""Lines of one child: more than a parent reads, and few enough to look through in a millisecond."""
MAX_RECALLED: Final = 5
"""Lines that one answer may use."""


class MemorySource(StrEnum):
    """Who says so."""

    RULES = "rules"
    """Taken from the child's words by rules."""
    MODEL = "model"
    """Taken from a talk by a language model."""
    PARENT = "parent"
    """Typed, or put right, by a parent."""


@dataclass(frozen=True, slots=True)
class Memory:
    """One line about one child, such as "Lucy's dog is called Bruno"."""

    id: str
    child_id: str
    text: str
    source: MemorySource
    learned_at: datetime
    about: str = ""
    """What it is about, such as "name dog": a newer line about the same replaces it. "": nothing replaces it."""
    sure: float = 1.0
    """How sure it is, 0 to 1."""
    turn_id: str = ""
    """The turn in which it was said, which may be gone; "" for what a parent typed."""
    replaced_at: datetime | None = None
    """When the child said otherwise: kept for the parents, and told to nobody else."""
    replaced_by: str = ""
    """The id of the newer line."""


@dataclass(frozen=True, slots=True)
class MemoryChoice:
    """What a parent chose for one child."""

    is_on: bool = False
    """Toys remember this child from talk to talk."""
    cloud: bool = False
    """Lines may also go, masked, to a language model outside the home."""


@dataclass(frozen=True, slots=True)
class ChildMemories:
    """A child's lines that may be used now."""

    child_id: str
    name: str
    choice: MemoryChoice
    lines: tuple[Memory, ...]
    """The newest first, without those that were replaced."""
