"""One hub for each data folder: a lock that goes with its process, however that ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import AlreadyRunningError, DataError
from hub.storage.faults import no_access
from hub.storage.folder import prepare_file, prepare_folder

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
