"""One toy's talks, the newest first, without sorting all that it ever had."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.drop_index("ix_conversations_toy_id", "conversations")
    op.create_index("ix_conversations_toy_id_started_at", "conversations", ["toy_id", "started_at"])
