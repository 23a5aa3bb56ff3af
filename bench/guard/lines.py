"""Reads the written lines of child talk and toy replies, and expands their alternatives and slots.

A file has sections, `## DIRECTION CATEGORY key=value ...`, and a line each below; "(a|b)" is a
choice, "{name}" a slot from `slots*.txt`. `read_lines(folder, seed)` gives the examples, the same
for the same seed.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.domain.safety import Category, Direction, SafetyLevel
from hub.errors import DataError

FOLDER = Path(__file__).parent / "lines"
LONG = "long"
"""What whole sentences of articulate children are like: harmless, and of another style than short talk."""
VARIANTS = 3
"""At most so many of a line that has choices, unless its section says otherwise."""
_CHOICE = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"\{(\w+)\}")
_KEYS = {"levels", "alert", "like", "variants"}


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text. It must be stopped at `levels`; at `either` both answers are fine."""

    text: str
    direction: Direction
    category: Category
    levels: frozenset[SafetyLevel]
    alert: bool | None
    source: str
    either: frozenset[SafetyLevel] = frozenset()
    weight: float = 1.0
    like: str = ""
    look: bool = False
    """Whether parents should see it in the day's digest, as it leans towards harm without being sure."""
    adult: bool = False
    """Whether it is in the style of what adults write to a machine."""
    misheard: bool = False
    """Whether some of its words were garbled after it was written: it teaches, and measures nothing."""
    line: str = ""
    """The written line that it came from, of which there may be several variants."""
    id: str = ""

    @property
    def unsafe(self) -> bool:
        return bool(self.levels)


@dataclass(frozen=True, slots=True)
class _Section:
    direction: Direction
    category: Category
    levels: frozenset[SafetyLevel]
    alert: bool
    look: bool
    like: str
    variants: int


def read_lines(folder: Path = FOLDER, seed: int = 1) -> list[Example]:
    """All examples of a folder, file by file. Raises DataError that names file and line."""
    slots = _slots(folder)
    return [
        example
        for file in sorted(folder.glob("*.txt"))
        if not file.name.startswith("slots")
        for example in _read_file(file, slots, seed)
    ]


def _read_file(file: Path, slots: Mapping[str, list[str]], seed: int) -> Iterator[Example]:
    section: _Section | None = None
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        text = line.strip()
        try:
            if text.startswith("##"):
                section = _section(text)
            elif text and not text.startswith("#"):
                if section is None:
                    raise ValueError("a line stands before the first section")  # noqa: TRY301
                variants = expand(text, slots, random.Random(f"{seed} {text}"), section.variants)
                for variant in variants:
                    yield Example(
                        text=variant,
                        direction=section.direction,
                        category=section.category,
                        levels=section.levels,
                        alert=section.alert,
                        source=file.stem,
                        weight=1 / min(len(variants), VARIANTS),
                        like=section.like,
                        look=section.look,
                        adult="adult" in file.stem.split("_"),
                        line=text,
                    )
        except (ValueError, KeyError) as error:
            raise DataError(f"{file.name}:{number}: {error}") from error


def _section(header: str) -> _Section:
    direction, category, *pairs = header.removeprefix("##").split()
    keys = dict(pair.split("=", 1) for pair in pairs)
    if unknown := keys.keys() - _KEYS:
        raise ValueError(f"unknown key {min(unknown)}")
    safe = category == Category.NONE
    told = keys.get("alert", "no")
    if told not in ("yes", "look", "no"):
        raise ValueError(f"alert={told}: must be yes, look or no")
    wanted = "" if safe else keys.get("levels", "all")
    names = list(SafetyLevel) if wanted == "all" else [n for n in wanted.split(",") if n]
    return _Section(
        Direction(direction),
        Category(category),
        frozenset(SafetyLevel(name) for name in names),
        told == "yes",
        told == "look",
        keys.get("like", ""),
        int(keys.get("variants", VARIANTS)),
    )


def _slots(folder: Path) -> dict[str, list[str]]:
    slots: dict[str, list[str]] = {}
    for file in sorted(folder.glob("slots*.txt")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            name, colon, words = line.partition(":")
            if not colon:
                raise DataError(f"{file.name}:{number}: want 'name: a | b'")
            choices = [word.strip() for word in words.split("|") if word.strip()]
            slots.setdefault(name.strip(), []).extend(choices)
    return slots


def expand(
    line: str, slots: Mapping[str, list[str]], rng: random.Random, variants: int = VARIANTS
) -> list[str]:
    """Up to `variants` different readings of a line; KeyError for an unknown slot."""
    if not _CHOICE.search(line) and not _SLOT.search(line):
        return [line]
    found = [_one(line, slots, rng) for _ in range(variants)]
    return list(dict.fromkeys(found))


def _one(line: str, slots: Mapping[str, list[str]], rng: random.Random) -> str:
    chosen = _CHOICE.sub(lambda m: rng.choice(m.group(1).split("|")), line)
    filled = _SLOT.sub(lambda m: rng.choice(slots[m.group(1)]), chosen)
    return " ".join(filled.split())
