"""The signed list of what is gone, beside a household's backups: ids of what was erased or revoked, without words.

It is signed with the household's key, which also opens the backups, and called by it, so that several households
may share a folder. What stands in it is never taken out again. All of it blocks.
"""

import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import pyrage
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from hub.errors import DataError, RefusedError
from hub.storage.folder import keep_file
from hub.storage.repositories.gone import Ids
from hub.storage.rows import Gone

MAX_LIST_BYTES: Final = 64_000_000
"""About a million lines."""


class GoneList(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["pommai-gone"] = "pommai-gone"
    version: Literal[1] = 1
    made_at: AwareDatetime
    gone: dict[Gone, dict[str, int]]
    """When each was, in seconds since 1970."""

    @property
    def ids(self) -> Ids:
        return {
            kind: {which: datetime.fromtimestamp(at, UTC) for which, at in each.items()}
            for kind, each in self.gone.items()
        }


def list_beside(folder: Path, identity: "pyrage.x25519.Identity") -> Path:
    """What the list of the household with that key is called there."""
    name = hashlib.sha256(str(identity.to_public()).encode()).hexdigest()[:12]
    return folder / f"pommai-gone-{name}.list"


def write(folder: Path, identity: "pyrage.x25519.Identity", ids: Ids, now: datetime) -> None:
    """Add `ids` to the list there. Raises DataError, OSError."""
    path = list_beside(folder, identity)
    try:
        before = read(path, identity)
    except RefusedError:
        before = None  # damaged: what the household itself knows is written anew
    lines = {kind: dict(each) for kind, each in before.gone.items()} if before else {}
    for kind, each in ids.items():
        seconds = {which: int(at.timestamp()) for which, at in each.items()}
        lines[kind] = lines.get(kind, {}) | seconds
    text = GoneList(made_at=now, gone=lines).model_dump_json().encode()
    if len(text) > MAX_LIST_BYTES:
        raise DataError(f"{path}: the list of what is gone is too long to be kept")
    keep_file(path, _signature(text, identity) + b"\n" + text)


def read(path: Path, identity: "pyrage.x25519.Identity") -> GoneList | None:
    """None where there is none. Raises RefusedError for one that nobody with that key wrote so, and OSError."""
    try:
        with path.open("rb") as file:
            signature, text = file.readline(100).strip(), file.read(MAX_LIST_BYTES + 1)
    except FileNotFoundError:
        return None
    if not hmac.compare_digest(signature, _signature(text, identity)):
        raise RefusedError(f"{path} was damaged, or is not of this household")
    try:
        return GoneList.model_validate_json(text)
    except ValidationError as error:
        raise RefusedError(
            f"{path} was written by a newer Pommai: update this one first"
        ) from error


def _signature(text: bytes, identity: "pyrage.x25519.Identity") -> bytes:
    """HMAC-SHA256 (RFC 2104), with a key that is made of the household's and used for nothing else."""
    key = hashlib.sha256(b"pommai gone list\n" + str(identity).encode()).digest()
    return hmac.new(key, text, hashlib.sha256).hexdigest().encode()
