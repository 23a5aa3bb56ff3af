"""Which child has a toy now."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("toys", sa.Column("held_by", sa.String(40)))
    op.add_column("toys", sa.Column("held_since", sa.DateTime(timezone=True)))
