"""How the toy keeps a file: whole or not at all, also through a power cut, and for this user alone."""

import json
import os
from pathlib import Path
from typing import Any, Final

MAX_JSON_BYTES: Final = 4096
"""A longer file is damaged."""


def keep(path: Path, content: bytes) -> None:
    """Raises OSError."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    sync(path.parent)


def read_json(path: Path) -> dict[str, Any]:
    """The object that the file holds. Raises OSError, and ValueError or RecursionError where it is damaged."""
    with path.open("rb") as file:
        kept = json.loads(file.read(MAX_JSON_BYTES))
    if not isinstance(kept, dict):
        raise ValueError("it holds no JSON object")  # noqa: TRY004  # the file is wrong, no caller
    return kept


def drop(path: Path) -> None:
    """Raises OSError."""
    path.unlink(missing_ok=True)
    sync(path.parent)


def sync(folder: Path) -> None:
    """What was renamed and removed in it is on the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
