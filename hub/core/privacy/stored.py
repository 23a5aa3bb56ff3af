"""What lies in the data folder, from the files that are really there: how much, and what it is in plain words."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.storage.database import DATABASE_NAME
from hub.translation import marked

MAX_FILES: Final = 20_000
"""So many are looked at; a folder with more is not one that the hub made."""

OTHER: Final = marked("Other files")
PARTS: Final = (
    (
        (DATABASE_NAME,),
        marked("What was said, and your settings"),
        marked("the words, children, toys, what toys know, voice hints, and alerts"),
    ),
    (
        ("models",),
        marked("Models"),
        marked("what recognises, answers and speaks at home; nothing of yours is in it"),
    ),
    (
        ("sounds",),
        marked("The toys' fixed sentences as sound"),
        marked("such as “let me think”; no child's words"),
    ),
    (("certs",), marked("Keys"), marked("by which your toys, phones and programs know this hub")),
    (
        ("ratings",),
        marked("Report cards of language models"),
        marked("authored questions and what a model answered"),
    ),
    (
        ("backups", "restore."),
        marked("Copies from before updates"),
        marked(
            "the database as it was when the hub was updated, and what a restored backup put aside"
        ),
    ),
    (
        ("demo",),
        marked("The demonstration’s household"),
        marked("what was tried with `pommai-hub demo`"),
    ),
    (
        ("hub.lock", "control.sock", "reserve"),
        marked("The hub’s own marks"),
        marked("nothing of yours is in them"),
    ),
)
"""How a name in the folder begins, what that is called, and what it is."""


@dataclass(frozen=True, slots=True)
class StoredPart:
    """Some files of the folder."""

    name: str
    what: str
    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Stored:
    folder: str
    parts: Sequence[StoredPart]
    """Those that are there, the largest first."""
    size_bytes: int
    complete: bool
    """False where there were more than MAX_FILES, or some could not be read."""


async def stored_in(folder: Path) -> Stored:
    return await asyncio.to_thread(_look, folder)


def _look(folder: Path) -> Stored:
    sizes: dict[str, list[int]] = {}
    seen, complete = 0, True

    def unread(_: OSError) -> None:
        nonlocal complete
        complete = False

    for place, _folders, names in os.walk(folder, onerror=unread):
        for name in names:
            if (seen := seen + 1) > MAX_FILES:
                complete = False
                break
            path = Path(place, name)
            try:
                size = path.lstat().st_size
            except OSError:
                continue  # gone in the meantime, as the database's log may be
            sizes.setdefault(_part(path.relative_to(folder).parts[0]), []).append(size)
    what = {name: words for _beginnings, name, words in PARTS} | {
        OTHER: marked("put there by somebody or something else")
    }
    parts = [StoredPart(name, what[name], len(all_), sum(all_)) for name, all_ in sizes.items()]
    parts.sort(key=lambda part: -part.size_bytes)
    return Stored(str(folder), parts, sum(part.size_bytes for part in parts), complete)


def _part(first: str) -> str:
    """To which part a file belongs, by the first name of its path: `pommai.db-wal` is the database's, too."""
    for beginnings, name, _words in PARTS:
        if first.startswith(beginnings):
            return name
    return OTHER
