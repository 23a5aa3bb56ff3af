"""How each toy puts a child to bed."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("toys", sa.Column("bedtime", sa.JSON(), nullable=False, server_default="{}"))
