"""What a model must be: the revision at which it is fetched, and the SHA-256 of each of its files.

A pin in the catalogue holds for everybody. A model without one is pinned on this machine when it is first fetched
(trust on first use): the pin is kept in `models/pins.json` of the data folder, also when the model is removed, and
what is fetched later must be the same.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from hub.errors import ModelError

PINS_NAME: Final = "pins.json"
MAX_PINS_BYTES: Final = 1_000_000

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Pin(BaseModel):
    """One model's contents."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    """The commit of its repository, in full."""
    sha256: dict[str, Sha256] = Field(min_length=1)
    """By file name."""

    def mismatch(self, found: "Pin") -> str:
        """What differs in the files of `found`, as the end of a sentence; "" where nothing does."""
        for name in sorted(self.sha256.keys() | found.sha256.keys()):
            was, now = self.sha256.get(name, "none"), found.sha256.get(name, "none")
            if was != now:
                return f"the SHA-256 of {name} is {now}, and was {was}"
        return ""


_Pins = TypeAdapter(dict[str, Pin])


def pin_of(revision: str, files: Iterable[Path]) -> Pin:
    """Reads the files whole. Raises ModelError where the server named no full revision."""
    hashes = {file.name: sha256_of(file) for file in files}
    try:
        return Pin(revision=revision, sha256=hashes)
    except ValidationError as error:
        raise ModelError(
            f"the model server named no full revision, but {revision!r}; nothing changed"
        ) from error


def sha256_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def kept_pin(data: Path, name: str) -> Pin | None:
    """The pin of that model on this machine. Raises ModelError where they can't be read."""
    return _read(data).get(name)


def keep_pin(data: Path, name: str, pin: Pin) -> None:
    """In place of an earlier one. Raises ModelError or OSError."""
    path = _path(data)
    content = _Pins.dump_json(_read(data) | {name: pin}, indent=2)
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _read(data: Path) -> dict[str, Pin]:
    path = _path(data)
    try:
        with path.open("rb") as file:
            return _Pins.validate_json(file.read(MAX_PINS_BYTES))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except ValidationError as error:
        raise ModelError(
            f"{path} is damaged, so nobody knows what was fetched before; put a backup of it in its place, or "
            "delete it and what is fetched next is trusted anew"
        ) from error


def _path(data: Path) -> Path:
    return data / "models" / PINS_NAME
