"""How patiently each toy listens."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("toys") as toys:
        toys.add_column(
            sa.Column("patience", sa.String(length=20), nullable=False, server_default="normal")
        )
