"""The household and its adults, the delivery of alerts, thresholds, and what left the home."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("toys") as toys:
        toys.add_column(sa.Column("thresholds", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("alerts") as alerts:
        alerts.add_column(
            sa.Column("acknowledged_by", sa.String(60), nullable=False, server_default="")
        )
        alerts.add_column(sa.Column("count", sa.Integer(), nullable=False, server_default="1"))
        alerts.add_column(sa.Column("last_at", sa.DateTime(timezone=True)))
        alerts.add_column(sa.Column("last_turn_id", sa.String(40)))
        alerts.add_column(
            sa.Column("addressed", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        alerts.create_index(op.f("ix_alerts_addressed"), ["addressed"])
    op.create_table(
        "household",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("time_zone", sa.String(60), nullable=False),
        sa.Column("quiet_from", sa.Time()),
        sa.Column("quiet_until", sa.Time()),
        sa.Column("break_after_minutes", sa.Integer(), nullable=False),
        sa.Column("emergency_stopped_at", sa.DateTime(timezone=True)),
        sa.Column("stop_reason", sa.String(200), nullable=False),
    )
    op.create_table(
        "adults",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("sealed_url", sa.Text(), nullable=False),
        sa.Column("least_level", sa.String(20)),
        sa.Column("gets_disclosures", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("number", ROW_NUMBER, primary_key=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column(
            "alert_id",
            sa.String(40),
            sa.ForeignKey("alerts.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column(
            "adult_id", sa.String(40), sa.ForeignKey("adults.id", ondelete="SET NULL"), index=True
        ),
        sa.Column("adult_name", sa.String(60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.String(500), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    op.create_index(op.f("ix_deliveries_alert_id"), "deliveries", ["alert_id"])
    op.create_table(
        "ledger",
        sa.Column("number", ROW_NUMBER, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("provider", sa.String(200), nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("turn_id", sa.String(40), index=True),
        sa.Column("discarded", sa.Boolean(), nullable=False),
    )
