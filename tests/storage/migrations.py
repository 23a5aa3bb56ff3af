"""The steps of the database's schema."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import hub.storage
from hub.storage.documents.index import TABLE as PASSAGES
from hub.storage.schema import metadata
from hub.storage.talks.index import TABLE as TURNS

MIGRATIONS = Path(hub.storage.__file__).with_name("migrations")
STEPS = list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())
HEAD = STEPS[0].revision


def differences(connection: Connection) -> list[object]:
    """Between the tables that are there and those that the code expects, but for the indexes' own."""
    context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
    return list(compare_metadata(context, metadata))


def _is_ours(name: str | None, kind: str, _: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith((TURNS, PASSAGES)))
