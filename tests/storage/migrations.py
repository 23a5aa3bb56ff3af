"""The steps of the database's schema, as Alembic reads them."""

from pathlib import Path

from alembic.script import ScriptDirectory

import hub.storage

MIGRATIONS = Path(hub.storage.__file__).with_name("migrations")
HEAD = str(ScriptDirectory(str(MIGRATIONS)).get_current_head())
