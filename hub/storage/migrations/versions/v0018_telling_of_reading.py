"""Which toys still have to tell their child that parents can read along."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    with op.batch_alter_table("toys") as table:
        table.add_column(
            sa.Column("tells_of_reading", sa.Boolean(), nullable=False, server_default=sa.false())
        )
