"""Bring a database to the newest shape: check it, keep a copy, migrate, all or nothing.

Runs in the writer's thread. The write lock is held throughout, so of two processes that start
together one migrates and the other finds it done.
"""

import sqlite3
import threading
import uuid
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect

from hub.domain.toys import Toy
from hub.errors import DataError
from hub.storage.faults import damaged, explained, no_access, not_ours
from hub.storage.folder import prepare_file, prepare_folder
from hub.storage.repositories.toy_rows import keep_persona, toy_to_row
from hub.storage.schema import toys

MAX_BACKUPS = 5
FIRST_TOY_NAME = "Pommai"
MIGRATIONS = Path(__file__).with_name("migrations")

# Alembic keeps the migration in progress in module globals.
_one_at_a_time = threading.Lock()


def upgrade(engine: Engine, path: Path, now: datetime) -> None:
    """Migrate the database at `path` through `engine`, whose transactions take the write lock.

    Foreign keys must be off: Alembic rebuilds tables on SQLite, which they would take for
    deletions. Raises DataError when the file is damaged, not ours, or from a newer Pommai.
    """
    with _one_at_a_time, explained(path), engine.begin() as connection:
        _check(connection, path)
        current, known = _revision(connection), revisions()
        if current == known[-1]:
            return
        if current is None:
            if inspect(connection).get_table_names():
                raise not_ours(path)
        elif current not in known:
            raise DataError(
                f"{path} was written by a newer Pommai (database {current}): update this one, or "
                "restore an older backup"
            )
        else:
            _keep_copy(path, current, now)
        migrate(connection)
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise damaged(path, "rows refer to others that are gone")
        if current is None:
            first = Toy(id=uuid.uuid4().hex, name=FIRST_TOY_NAME)
            connection.execute(insert(toys).values(toy_to_row(first)))
            keep_persona(connection, first.id, now)


def revisions() -> list[str]:
    """The oldest first, by the names of their files: v0004_patience_of_toys.py is "0004"."""
    return sorted(path.name[1:5] for path in (MIGRATIONS / "versions").glob("v[0-9]*.py"))


def _revision(connection: Connection) -> str | None:
    """None where there is no database of ours yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def _check(connection: Connection, path: Path) -> None:
    """SQLite's own look at the file's structure; what it finds is better known now than later."""
    finding = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if finding != "ok":
        raise damaged(path, " ".join(finding.split()))


def _keep_copy(path: Path, revision: str, now: datetime) -> None:
    """Copy the database as last committed to backups/, whole or not at all; keep the newest few."""
    folder = path.parent / "backups"
    prepare_folder(folder)
    copy = folder / f"pommai-{revision}-{now:%Y%m%dT%H%M%SZ}.db"
    unfinished = copy.with_suffix(".part")
    try:
        prepare_file(unfinished)
        with (
            closing(sqlite3.connect(path)) as source,
            closing(sqlite3.connect(unfinished)) as target,
        ):
            source.backup(target)
        unfinished.replace(copy)
    except OSError as error:
        raise no_access(copy, error) from error
    finally:
        unfinished.unlink(missing_ok=True)
    copies = sorted(folder.glob("pommai-*.db"), key=lambda kept: kept.stem.rpartition("-")[2])
    for old in copies[:-MAX_BACKUPS]:
        old.unlink()


def migrate(connection: Connection, revision: str = "head") -> None:
    """Take the steps to `revision`, in the caller's transaction."""
    from alembic import command  # 10 MB of memory, so not before there is a step to take
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
