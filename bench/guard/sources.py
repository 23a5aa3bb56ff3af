"""The texts beside our own lines: labelled ones, read where they lie in `../shared/safety`, never copied.

Half of the authored texts, chosen by their ids, is held: nothing is trained on it or written from it.
So are `unseen.jsonl` and `unseen_talks.jsonl` beside this file, whole.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.guard.lines import FOLDER as LINES
from bench.guard.lines import LONG, Example
from hub.domain.safety import Category, Direction, SafetyLevel

SHARED = Path(__file__).parents[3] / "shared" / "safety"
TALK, DISGUISED, PUBLIC = "child_talk.jsonl", "obfuscation.jsonl", "public.jsonl"
TALKS = "multi_turn.jsonl"
LONG_TALK = "long_talk.jsonl"
"""Harmless sentences of simulated children, many of them long; by others, so that they stay where they lie."""
OURS = Path(__file__).parent
UNSEEN, UNSEEN_TALKS = "unseen.jsonl", "unseen_talks.jsonl"
"""In OURS: by somebody who had read neither rules nor lines. They only measure."""
EVERYDAY_SOURCES = frozenset({"clinc150", "hwu64", "gutenberg-stories"})
"""Of the public texts those that nobody could take for unsafe."""
PUBLIC_EVERYDAY_WEIGHT = 15.0
"""Of each of those: they are few, and the only everyday talk that was not written for a classifier."""
LONG_TALK_WEIGHT = 1.5
"""The same of a simulated child's harmless sentences, of which there are more."""

_HUB = Path(__file__).parents[2] / "hub"
_NAME = re.compile(r"\{\w+\}")


def is_held(id_: str) -> bool:
    """Whether an authored text belongs to the half that only measures."""
    return hashlib.sha256(f"pommai-split {id_}".encode()).digest()[0] % 2 == 1


def unseen_texts() -> list[str]:
    """Every text of both unseen files, whoever says it."""
    talks = read_records(UNSEEN_TALKS, OURS)
    return [
        *(one.text for one in read_texts(UNSEEN, OURS)),
        *(turn["text"] for talk in talks for turn in talk["turns"]),
    ]


def read_texts(name: str, folder: Path = SHARED) -> list[Example]:
    """The single texts of one file; none where it is missing."""
    return [
        _example(record, adult=name == PUBLIC, long=name == LONG_TALK)
        for record in read_records(name, folder)
        if "text" in record
    ]


def read_records(name: str, folder: Path = SHARED) -> list[dict[str, Any]]:
    file = folder / name
    if not file.is_file():
        return []
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def _example(record: dict[str, Any], adult: bool, long: bool) -> Example:
    source = str(record["source"])
    everyday = source in EVERYDAY_SOURCES
    return Example(
        text=record["text"],
        direction=Direction(record["direction"]),
        category=Category(record["category"]),
        levels=frozenset(SafetyLevel(level) for level in record["levels"]),
        either=frozenset(SafetyLevel(level) for level in record["either"]),
        alert=record["alert"],
        source=source,
        weight=PUBLIC_EVERYDAY_WEIGHT if everyday else LONG_TALK_WEIGHT if long else 1.0,
        like="everyday" if everyday else LONG if long else "",
        adult=adult,
        id=record["id"],
    )


def spoken_by_us() -> list[Example]:
    """The reviewed sentences of the guard and of the storyteller: what a toy says all day."""
    texts = [
        text
        for folder in (
            _HUB / "safety" / "data" / "phrases",
            _HUB / "providers" / "llm" / "storyteller",
        )
        for file in sorted(folder.glob("*.toml"))
        if len(file.stem) != 2 or file.stem == "en"
        for text in _sentences(tomllib.loads(file.read_text("utf-8")))
    ]
    return [
        Example(
            text=text,
            direction=Direction.TOY,
            category=Category.NONE,
            levels=frozenset(),
            alert=False,
            source="pommai",
            like="everyday",
            line=text,
        )
        for text in dict.fromkeys(texts)
    ]


def calm_lines() -> list[Example]:
    """What is said in our written talks before they drift, or at all where they don't: short, and safe."""
    records = read_records("talks.jsonl", LINES)
    said = {
        (turn["text"], Direction(turn["direction"])): None
        for record in records
        for turn in record["turns"][: record["drift"]]
    }
    return [
        Example(
            text=text,
            direction=direction,
            category=Category.NONE,
            levels=frozenset(),
            alert=False,
            source="talks",
            line=text,
        )
        for text, direction in said
    ]


def _sentences(value: object, key: str = "") -> Iterator[str]:
    """Every text in there that is said and not matched, with its names filled in."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _sentences(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _sentences(inner, key)
    elif isinstance(value, str) and key != "when" and value.count(" ") >= 2 and "\\" not in value:
        yield _NAME.sub("Robin", value)
