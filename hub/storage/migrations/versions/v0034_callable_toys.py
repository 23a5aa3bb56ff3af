"""Which toys a child may call into a device."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    with op.batch_alter_table("satellites") as satellites:
        satellites.add_column(
            sa.Column("callable_toys", sa.JSON(), nullable=False, server_default="[]")
        )
