"""A new household's database: made and migrated once for all tests of a process, and copied for each."""

import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from hub.domain.clock import Clock
from hub.storage.database import BUSY_MS, DATABASE_NAME, Database, make_engine
from hub.storage.folder import prepare_file, prepare_folder
from hub.storage.upgrade import upgrade


async def open_household(folder: Path, clock: Clock, *, busy_ms: int = BUSY_MS) -> Database:
    """What `Database.open` gives, in a twentieth of its time where there is none in `folder` yet."""
    path = folder / DATABASE_NAME
    if not path.exists():
        prepare_folder(folder)
        prepare_file(path)
        path.write_bytes(_new())
    return await Database.open(folder, clock, busy_ms=busy_ms)


@cache
def _new() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / DATABASE_NAME
        engine = make_engine(path, begin="BEGIN IMMEDIATE", busy_ms=BUSY_MS, foreign_keys="OFF")
        upgrade(engine, path, datetime.now(UTC))
        engine.dispose()
        return path.read_bytes()
