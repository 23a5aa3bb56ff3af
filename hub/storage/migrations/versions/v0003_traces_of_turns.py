"""What was measured of a turn: its spans, and how its microphone sounded."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("turns") as turns:
        turns.add_column(sa.Column("spans", sa.JSON(), nullable=False, server_default="[]"))
        turns.add_column(sa.Column("sound", sa.JSON()))
