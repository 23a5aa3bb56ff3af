"""What SQLite's errors mean to the person who runs the hub: one clear line each."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from hub.errors import DataError, DiskFullError

PRIMARY_CODE = 0xFF
"""SQLite's extended result codes carry the primary one in their low byte."""
DAMAGED_SCHEMA = ("no such table", "no such column")
"""The schema is checked at the start, so what is missing after that was there."""
FULL_BELOW_BYTES = 256 * 1024
"""With less free than this, an I/O error is taken for a full disk."""


def disk_full(path: Path) -> DiskFullError:
    return DiskFullError(
        f"the disk that holds {path.parent} is full: free some space; nothing new is kept until then"
    )


def no_access(path: Path, error: OSError) -> DataError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(path)
    return DataError(
        f"{path}: {error.strerror}: let this user read and write it, or choose another folder "
        "with --data"
    )


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what goes wrong with the database at `path` into a DataError."""
    try:
        yield
    except DBAPIError as error:
        if not isinstance(error.orig, sqlite3.Error):
            raise
        raise _explain(path, error.orig) from error
    except sqlite3.Error as error:
        raise _explain(path, error) from error
    except (ValueError, KeyError) as error:  # no UTF-8, no JSON, no time, or no word of ours
        raise damaged(path, "a value in it can't be read") from error


def _explain(path: Path, error: sqlite3.Error) -> DataError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    match code & PRIMARY_CODE:
        case sqlite3.SQLITE_FULL:
            return disk_full(path)
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN if _is_full(path):
            return disk_full(path)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return DataError(
                f"{path}: another program keeps the database locked: close it and try again"
            )
        case sqlite3.SQLITE_NOTADB:
            return not_ours(path)
        case sqlite3.SQLITE_CORRUPT:
            return damaged(path, str(error))
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return DataError(
                f"{path}: can't write to the database: let this user read and write it and its "
                "folder, or choose another folder with --data"
            )
        case sqlite3.SQLITE_CONSTRAINT if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
            return DataError(
                "not saved: it names a toy, child or turn that isn't there; look at the list again"
            )
        case sqlite3.SQLITE_IOERR:
            return DataError(
                f"{path}: the disk failed to read or write: check the disk and its cable"
            )
        case sqlite3.SQLITE_INTERRUPT:
            return damaged(path, "a request for it did not come to an end")
        case sqlite3.SQLITE_ERROR if str(error).startswith(DAMAGED_SCHEMA):
            return damaged(path, str(error))
        case sqlite3.SQLITE_ERROR if str(error).startswith("Could not decode to UTF-8"):
            return damaged(path, "a text in it can't be read")
    name = getattr(error, "sqlite_errorname", "SQLITE_ERROR")
    return DataError(f"{path}: {error} ({name}); `pommai-hub doctor` tells more")


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < FULL_BELOW_BYTES
    except OSError:
        return False  # the folder itself can't be reached: not a matter of space


def not_ours(path: Path) -> DataError:
    return DataError(
        f"{path} is not a Pommai database: move it away, or choose another folder with --data"
    )


def damaged(path: Path, detail: str) -> DataError:
    copies = sorted((path.parent / "backups").glob("*.db"), key=lambda copy: copy.stat().st_mtime)
    copy = f"copy {copies[-1]} over it" if copies else "put a backup of yours in its place"
    return DataError(f"{path} is damaged ({detail}): stop the hub and {copy}")
