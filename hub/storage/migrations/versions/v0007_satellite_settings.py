"""What parents set on a satellite, and when it was away."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    with op.batch_alter_table("satellites") as satellites:
        satellites.add_column(sa.Column("settings", sa.JSON(), nullable=False, server_default="{}"))
        satellites.add_column(sa.Column("absences", sa.JSON(), nullable=False, server_default="[]"))
