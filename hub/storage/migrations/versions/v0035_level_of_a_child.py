"""How careful toys are with one child."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    with op.batch_alter_table("children") as children:
        children.add_column(sa.Column("safety_level", sa.String(20)))
