"""Friends who visit, and what was said meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "visits",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("toy_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keeps_talks", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
        sa.ForeignKeyConstraint(
            ["toy_id"], ["toys.id"], name="fk_visits_toy_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_visits_toy_id", "visits", ["toy_id"])
    op.add_column("turns", sa.Column("visit_id", sa.String(40), nullable=False, server_default=""))
    op.create_index("ix_turns_visit_id", "turns", ["visit_id"])
