"""The steps of the database's schema."""

from pathlib import Path

from alembic.script import ScriptDirectory

import hub.storage

MIGRATIONS = Path(hub.storage.__file__).with_name("migrations")
STEPS = list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())
HEAD = STEPS[0].revision
