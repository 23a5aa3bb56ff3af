"""How patiently each toy listens."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("toys") as toys:
        toys.add_column(
            sa.Column("patience", sa.String(20), nullable=False, server_default="normal")
        )
