"""Room for what must be written when the disk is full: a file of a megabyte beside the database, given up then."""

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from hub.storage.faults import FULL_BELOW_BYTES, disk_full

log = structlog.get_logger()

RESERVE_NAME: Final = "reserve"
RESERVE_BYTES: Final = 2**20


class Reserve:
    """Belongs to the writer's thread; `full` may be read by any.

    While the disk is full, only urgent writes go on: alerts, the emergency stop, and the ends of turns.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(RESERVE_NAME)
        self.full = False

    def look(self) -> None:
        """Learn whether the disk is full; make the file again where it is gone and there is room for it."""
        was_full = self.full
        try:
            free = shutil.disk_usage(self._path.parent).free
            if self._stands():
                self.full = free < FULL_BELOW_BYTES
            elif free < RESERVE_BYTES + FULL_BELOW_BYTES:
                self.full = True
            else:
                self._make()
                self.full = False
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):  # they say nothing of the disk
                self.release()
        if was_full and not self.full:
            log.info("the disk has room again")

    def require_room(self) -> None:
        """For what isn't urgent. Raises DiskFullError."""
        if self.full:
            self.look()
        if self.full:
            raise disk_full(self._database)

    def release(self) -> None:
        """The disk is full: leave the room to what is urgent."""
        if not self.full:
            log.error("the disk is full; until there is room, only alerts are kept")
        self.full = True
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _stands(self) -> bool:
        return self._path.is_file() and self._path.stat().st_size == RESERVE_BYTES

    def _make(self) -> None:
        """Of random bytes, so that no file system keeps it as a hole or packs it."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        with os.fdopen(os.open(self._path, flags, 0o600), "wb") as file:
            file.write(os.urandom(RESERVE_BYTES))
