"""A household's data folder as one encrypted file; `hub.storage.restore` makes a data folder of one again.

The file is age's (https://age-encryption.org/v1): a tar with a manifest, locked with a key of the household's own, so
that any `age` opens it, too. Models and sounds, which can be made again, are not in it. All of it blocks.
"""

import hashlib
import io
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, Final, Literal

import pyrage
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from hub.domain.version import VERSION as HUB_VERSION
from hub.errors import DataError, NotFoundError, RefusedError
from hub.storage.database import DATABASE_NAME
from hub.storage.faults import explained, no_access
from hub.storage.folder import keep_file, prepare_folder
from hub.storage.upgrade import revisions

KEY_NAME: Final = "backup.key"
FOLDERS: Final = ("certs", "ratings")
"""That are kept beside the database: keys, and report cards."""
MANIFEST: Final = "manifest.json"
MAX_MANIFEST_BYTES: Final = 2_000_000
MAX_FILES: Final = 5000
SCRATCH: Final = "restore.part-"
"""Begins the names of folders within the data folder in which backups arrive and are unpacked."""
SPARE_BYTES: Final = 20_000_000
"""That the hub keeps to work with, beside what a backup takes."""
PIECE_BYTES: Final = 1 << 20
UNFINISHED: Final = ".part"
"""How the name of what is not whole yet ends."""

_MOMENT: Final = "%Y-%m-%dT%H%M%SZ"
_DATED: Final = re.compile(
    r"pommai-[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9][0-5][0-9][0-5][0-9]Z\.age"
)
_NAME: Final = re.compile(
    rf"{re.escape(DATABASE_NAME)}|(?:certs|ratings)/[A-Za-z0-9][A-Za-z0-9._-]{{0,99}}"
)


class Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["pommai-backup"] = "pommai-backup"
    version: Literal[1] = 1
    made_at: datetime
    made_by: str
    """The version of the hub."""
    sha256: dict[str, Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]]
    """By the name of each file."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup in its folder."""

    name: str
    made_at: datetime
    size_bytes: int


class Step(StrEnum):
    """How far a backup is."""

    COPYING = "copying"
    LOCKING = "locking"
    TRYING = "trying"
    SENDING = "sending"
    """To a server, where one was chosen."""


def key_of(folder: Path) -> str:
    """The household's key, made the first time. Raises DataError."""
    path = folder / "certs" / KEY_NAME
    try:
        if not path.exists():
            prepare_folder(path.parent)
            keep_file(path, f"{pyrage.x25519.Identity.generate()}\n".encode())
        return str(identity_of(path.read_text("utf-8")))
    except OSError as error:
        raise no_access(path, error) from error


def make(
    folder: Path, target: Path, now: datetime, told: Callable[[Step], None] = lambda step: None
) -> int:
    """Writes `target`, once a try to restore it has worked; gives its size in bytes. `told` of each step.

    The hub may go on meanwhile. Raises DataError, DiskFullError, NotFoundError where there is no household;
    `target` is then not there, and nothing else has changed.
    """
    database = folder / DATABASE_NAME
    if not database.is_file():
        raise NotFoundError(f"{folder}: there is no household to keep")
    if target.exists():
        raise RefusedError(f"{target} is there already: name a new file")
    identity = identity_of(key_of(folder))
    unfinished = target.with_name(target.name + UNFINISHED)
    with scratch_in(folder) as scratch, _whole_or_not(unfinished):
        told(Step.COPYING)
        require_room(scratch, 3 * database.stat().st_size)
        plain = scratch / "plain.tar"
        with plain.open("w+b") as tar:
            _pack(folder, scratch, tar, now)
            tar.seek(0)
            told(Step.LOCKING)
            with os.fdopen(
                os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"
            ) as out:
                pyrage.encrypt_io(tar, out, [identity.to_public()])
                out.flush()
                os.fsync(out.fileno())
        plain.unlink()
        told(Step.TRYING)
        unpack(unfinished, identity, scratch)
        size = unfinished.stat().st_size
        unfinished.replace(target)
    return size


def dated(folder: Path, now: datetime) -> Path:
    """What a backup of that moment is called there."""
    return folder / f"pommai-{now.astimezone(UTC):{_MOMENT}}.age"


def kept_in(folder: Path) -> list[Kept]:
    """Those that are called by their moment, the newest first."""
    return kept_among({path.name: path.stat().st_size for path in _dated_in(folder)})


def kept_among(sizes: Mapping[str, int]) -> list[Kept]:
    """The same of files by name, with their sizes in bytes."""
    return [
        Kept(
            name,
            datetime.strptime(name, f"pommai-{_MOMENT}.age").replace(tzinfo=UTC),
            sizes[name],
        )
        for name in sorted(sizes, reverse=True)
        if _DATED.fullmatch(name)
    ]


def try_to_open(folder: Path, source: Path) -> Manifest:
    """Restores it into a folder that is thrown away. Raises RefusedError where it can't be, and NotFoundError."""
    if not source.is_file():
        raise NotFoundError(f"{source}: there is no such file")
    with scratch_in(folder) as scratch:
        require_room(scratch, 2 * source.stat().st_size)
        return unpack(source, identity_of(key_of(folder)), scratch)


def delete_old(folder: Path, keep: int) -> int:
    """All but the newest `keep` of those; how many."""
    old = _dated_in(folder)[:-keep]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _dated_in(folder: Path) -> list[Path]:
    """The oldest first."""
    return sorted(path for path in folder.glob("pommai-*.age") if _DATED.fullmatch(path.name))


def _pack(folder: Path, scratch: Path, tar: IO[bytes], now: datetime) -> None:
    copy = scratch / DATABASE_NAME
    with (
        explained(folder / DATABASE_NAME),
        closing(sqlite3.connect(folder / DATABASE_NAME)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    files = {DATABASE_NAME: copy}
    for name in FOLDERS:
        for path in sorted((folder / name).glob("*")):
            if path.is_file() and not path.is_symlink() and _NAME.fullmatch(f"{name}/{path.name}"):
                files[f"{name}/{path.name}"] = path
    manifest = Manifest(
        made_at=now,
        made_by=HUB_VERSION,
        sha256={name: _hash(path) for name, path in files.items()},
    )
    text = manifest.model_dump_json().encode()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))
        for name, path in files.items():
            archive.add(path, name, recursive=False)
    copy.unlink()


def unpack(source: Path, identity: "pyrage.x25519.Identity", scratch: Path) -> Manifest:
    """Into `scratch`, whole and looked through. Raises RefusedError, DataError."""
    plain = scratch / "plain.tar"
    try:
        with source.open("rb") as locked, plain.open("wb") as out:
            pyrage.decrypt_io(locked, out, [identity])
    except (pyrage.DecryptError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk; pyrage's own, for what was damaged further on, have no number
        raise RefusedError(
            f"{source} can't be opened: it is no backup, was damaged, or has another key"
        ) from error
    try:
        with tarfile.open(plain, "r:") as archive:
            manifest = _manifest(archive.next(), archive)
            found = dict(_entries(archive, scratch))
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise RefusedError(f"{source} holds no household") from error
    finally:
        plain.unlink(missing_ok=True)
    if found != manifest.sha256 or DATABASE_NAME not in found:
        raise RefusedError(f"{source} is damaged: it does not hold what it says")
    _check_database(scratch / DATABASE_NAME)
    return manifest


def _manifest(info: tarfile.TarInfo | None, archive: tarfile.TarFile) -> Manifest:
    if info is None or info.name != MANIFEST or not info.isreg() or info.size > MAX_MANIFEST_BYTES:
        raise RefusedError("it begins with no manifest, so it is no backup")
    part = archive.extractfile(info)
    assert part is not None, "it is a file"
    try:
        return Manifest.model_validate_json(part.read())
    except ValidationError as error:
        raise RefusedError(
            "its manifest is not one that this hub knows: update the hub, and try again"
        ) from error


def _entries(archive: tarfile.TarFile, scratch: Path) -> Iterator[tuple[str, str]]:
    """Each file, written out: its name and hash. Only plain files of known names are taken."""
    for number, info in enumerate(iter(archive.next, None)):
        if info.name == MANIFEST:
            continue
        if number > MAX_FILES or not info.isreg() or not _NAME.fullmatch(info.name):
            raise RefusedError(f"it holds “{info.name[:60]!a}”, which is no part of a household")
        path, hashed = scratch / info.name, hashlib.sha256()
        path.parent.mkdir(mode=0o700, exist_ok=True)
        part = archive.extractfile(info)
        assert part is not None, "it is a file"
        with (
            part,
            os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
        ):
            while piece := part.read(PIECE_BYTES):
                hashed.update(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        yield info.name, hashed.hexdigest()


def _check_database(path: Path) -> None:
    with explained(path), closing(sqlite3.connect(path)) as connection:
        [finding] = connection.execute("PRAGMA quick_check(1)").fetchone()
        [revision] = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if finding != "ok":
        raise RefusedError("the database in it is damaged")
    if revision not in revisions():
        raise RefusedError("it was made by a newer Pommai: update this one first")


def identity_of(key: str) -> "pyrage.x25519.Identity":
    try:
        return pyrage.x25519.Identity.from_str(key.strip())
    except pyrage.IdentityError as error:
        raise RefusedError(
            "that is no key of a backup: it begins with AGE-SECRET-KEY-1, as the emergency sheet shows it"
        ) from error


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_room(folder: Path, more_bytes: int) -> None:
    if shutil.disk_usage(folder).free < more_bytes + SPARE_BYTES:
        raise DataError(
            f"{folder}: the disk has too little room for that: about {more_bytes // 1_000_000 + 20} MB are needed"
        )


@contextmanager
def scratch_in(folder: Path) -> Iterator[Path]:
    """A folder of this user's own on the data folder's disk, gone afterwards."""
    try:
        with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder) as scratch:
            yield Path(scratch)
    except OSError as error:
        raise no_access(folder, error) from error


@contextmanager
def _whole_or_not(unfinished: Path) -> Iterator[None]:
    """Nothing of it stays where something goes wrong. Raises DataError for a place that can't be written."""
    try:
        yield
    except (OSError, pyrage.EncryptError) as error:
        raise DataError(f"{unfinished.parent}: the backup can't be written ({error})") from error
    finally:
        unfinished.unlink(missing_ok=True)
