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

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, insert, inspect

from hub.domain.toys import Toy
from hub.errors import DataError
from hub.storage.faults import damaged, explained, no_access, not_ours
from hub.storage.folder import prepare_file, prepare_folder
from hub.storage.rows import toy_to_row
from hub.storage.schema import toys

BACKUPS_KEPT = 5
FIRST_TOY_NAME = "Pommai"
MIGRATIONS = "hub.storage:migrations"

# Alembic keeps the migration in progress in module globals.
_one_at_a_time = threading.Lock()


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine, path: Path, now: datetime) -> None:
    """Migrate the database at `path` through `engine`, whose transactions take the write lock.

    Foreign keys must be off: Alembic rebuilds tables on SQLite, which they would take for
    deletions. Raises DataError when the file is damaged, not ours, or from a newer Pommai.
    """
    with _one_at_a_time, explained(path), engine.begin() as connection:
        _check(connection, path)
        config = alembic_config(connection)
        scripts = ScriptDirectory.from_config(config)
        newest = scripts.get_current_head()
        current = MigrationContext.configure(connection).get_current_revision()
        if current == newest:
            return
        if current is None:
            if inspect(connection).get_table_names():
                raise not_ours(path)
        elif current not in {script.revision for script in scripts.walk_revisions()}:
            raise DataError(
                f"{path} was written by a newer Pommai (database {current}): update this one, or "
                "restore an older backup"
            )
        else:
            _keep_copy(path, current, now)
        command.upgrade(config, "head")
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise damaged(path, "rows refer to others that are gone")
        if current is None:
            first = Toy(id=uuid.uuid4().hex, name=FIRST_TOY_NAME)
            connection.execute(insert(toys).values(toy_to_row(first)))


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
    for old in copies[:-BACKUPS_KEPT]:
        old.unlink()
