"""When a grown-up was done with an alert, which until now was when they acknowledged it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    with op.batch_alter_table("alerts") as table:
        table.add_column(sa.Column("done_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("done_by", sa.String(60), nullable=False, server_default=""))
    op.execute(
        "UPDATE alerts SET done_at = acknowledged_at, done_by = acknowledged_by "
        "WHERE acknowledged_at IS NOT NULL"
    )
