"""Toys that a parent put aside."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column(
        "toys", sa.Column("archived", sa.Boolean(), nullable=False, server_default=sa.false())
    )
