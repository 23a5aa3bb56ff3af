"""Alembic at work: the steps from an older form of the database to the newest.

`hub.storage.upgrade` imports this only when there is a step to take.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def alembic_config(connection: Connection, migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["connection"] = connection
    return config


def knows(connection: Connection, migrations: Path, revision: str) -> bool:
    """Whether `revision` is one of ours, and not a newer Pommai's."""
    scripts = ScriptDirectory.from_config(alembic_config(connection, migrations))
    return revision in {script.revision for script in scripts.walk_revisions()}


def to_newest(connection: Connection, migrations: Path) -> None:
    command.upgrade(alembic_config(connection, migrations), "head")
