"""The household and its adults, the delivery of alerts, thresholds, and what left the house."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("toys") as toys:
        toys.add_column(sa.Column("thresholds", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("alerts") as alerts:
        alerts.add_column(
            sa.Column("acknowledged_by", sa.String(length=60), nullable=False, server_default="")
        )
        alerts.add_column(sa.Column("count", sa.Integer(), nullable=False, server_default="1"))
        alerts.add_column(sa.Column("last_at", sa.DateTime(timezone=True), nullable=True))
        alerts.add_column(sa.Column("last_turn_id", sa.String(length=40), nullable=True))
        alerts.add_column(
            sa.Column("addressed", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        alerts.create_index(op.f("ix_alerts_addressed"), ["addressed"])
    op.create_table(
        "household",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("break_after_minutes", sa.Integer(), nullable=False),
        sa.Column("emergency_stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_reason", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
    )
    op.create_table(
        "adults",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("sealed_url", sa.Text(), nullable=False),
        sa.Column("least_level", sa.String(length=20), nullable=True),
        sa.Column("gets_disclosures", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adults")),
    )
    op.create_table(
        "deliveries",
        sa.Column("number", ROW_NUMBER, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("alert_id", sa.String(length=40), nullable=False),
        sa.Column("adult_id", sa.String(length=40), nullable=True),
        sa.Column("adult_name", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["adult_id"], ["adults.id"], name=op.f("fk_deliveries_adult_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_deliveries_alert_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("id", name=op.f("uq_deliveries_id")),
    )
    op.create_index(op.f("ix_deliveries_adult_id"), "deliveries", ["adult_id"])
    op.create_index(op.f("ix_deliveries_alert_id"), "deliveries", ["alert_id"])
    op.create_index(op.f("ix_deliveries_state"), "deliveries", ["state"])
    op.create_table(
        "ledger",
        sa.Column("number", ROW_NUMBER, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("provider", sa.String(length=200), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("turn_id", sa.String(length=40), nullable=True),
        sa.Column("discarded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger")),
    )
    op.create_index(op.f("ix_ledger_turn_id"), "ledger", ["turn_id"])
