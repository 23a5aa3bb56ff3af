"""The data folder: made when missing, closed to other users of the machine, and locked by the one hub that uses it."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import AlreadyRunningError, DataError
from hub.storage.faults import no_access


def prepare_folder(folder: Path) -> None:
    """Make `folder` with mode 0700; raises DataError when it can't be written.

    A folder that everyone shares, such as /tmp, keeps its mode; the files in it are private anyway.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX:
            folder.chmod(found.st_mode & 0o700)
    except (FileExistsError, NotADirectoryError) as error:
        in_the_way = next(path for path in (folder, *folder.parents) if path.exists())
        raise DataError(
            f"{in_the_way} is a file, not a folder: choose another with --data"
        ) from error
    except OSError as error:
        raise no_access(folder, error) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DataError(
            f"{folder}: can't write there: let this user write to it, or choose another folder "
            "with --data"
        )


def prepare_file(path: Path) -> None:
    """Make `path` with mode 0600, an empty file when new; raises DataError."""
    if path.is_dir():
        raise DataError(f"{path} is a folder, where the database should be: move it away")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            found = os.fstat(descriptor)
            if found.st_uid == os.geteuid():
                os.fchmod(descriptor, found.st_mode & 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise no_access(path, error) from error


def keep_file(path: Path, content: bytes) -> None:
    """Whole or not at all, and for this user alone. Raises DataError, OSError."""
    unfinished = path.with_suffix(".part")
    prepare_file(unfinished)
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


LOCK_NAME = "hub.lock"


@contextmanager
def household_lock(folder: Path) -> Iterator[None]:
    """Hold the folder while the hub runs; raises AlreadyRunningError when another one does."""
    prepare_folder(folder)
    path = folder / LOCK_NAME
    prepare_file(path)
    with path.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            process = file.read(20).strip() or "unknown"
            raise AlreadyRunningError(
                f"another hub (process {process}) uses {folder}: stop it, or choose another folder "
                "with --data"
            ) from error
        except OSError as error:
            raise DataError(
                f"{folder}: can't lock files there ({error.strerror}): choose a folder on a local "
                "disk with --data"
            ) from error
        try:
            file.truncate()
            file.write(f"{os.getpid()}\n")
            file.flush()
        except OSError as error:
            raise no_access(path, error) from error
        yield
