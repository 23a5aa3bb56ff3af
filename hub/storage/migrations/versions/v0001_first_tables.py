"""The first tables: toys, children, satellites, what was said, alerts, and the guardian."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "children",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("birth_year", sa.Integer()),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "guardian",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "guardian_sessions",
        sa.Column("token_hash", sa.String(200), primary_key=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(100), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    op.create_table(
        "toys",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("name_key", sa.String(180), nullable=False, unique=True),
        sa.Column("persona", sa.Text(), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("voice_name", sa.String(200), nullable=False),
        sa.Column("voice_settings", sa.JSON(), nullable=False),
        sa.Column("providers", sa.JSON(), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("temperature", sa.Float(), nullable=False),
        sa.Column("max_tokens", sa.Integer(), nullable=False),
        sa.Column("safety_level", sa.String(20), nullable=False),
        sa.Column("blocked_topics", sa.JSON(), nullable=False),
        sa.Column(
            "child_id", sa.String(40), sa.ForeignKey("children.id", ondelete="SET NULL"), index=True
        ),
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("toy_id", sa.String(40), sa.ForeignKey("toys.id"), nullable=False, index=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "satellites",
        sa.Column("key", sa.String(300), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("addresses", sa.JSON(), nullable=False),
        sa.Column("hardware", sa.String(200), nullable=False),
        sa.Column("firmware", sa.String(200), nullable=False),
        sa.Column("boot_id", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("state_detail", sa.String(500), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column(
            "toy_id", sa.String(40), sa.ForeignKey("toys.id", ondelete="SET NULL"), index=True
        ),
        sa.Column("last_seen", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "turns",
        sa.Column("number", ROW_NUMBER, primary_key=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column("revision", sa.BigInteger(), nullable=False, unique=True),
        sa.Column("toy_id", sa.String(40), sa.ForeignKey("toys.id"), nullable=False),
        sa.Column(
            "conversation_id", sa.String(40), sa.ForeignKey("conversations.id"), nullable=False
        ),
        sa.Column(
            "child_id", sa.String(40), sa.ForeignKey("children.id", ondelete="SET NULL"), index=True
        ),
        sa.Column("satellite_key", sa.String(300)),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("heard", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float()),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.Column("verdicts", sa.JSON(), nullable=False),
        sa.Column("providers", sa.JSON(), nullable=False),
        sa.Column("timings_ms", sa.JSON(), nullable=False),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.Column("audio_in_ms", sa.Float(), nullable=False),
        sa.Column("audio_out_ms", sa.Float(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
    )
    op.create_index(
        op.f("ix_turns_conversation_id_number"),
        "turns",
        ["conversation_id", "number"],
        unique=False,
    )
    op.create_index(op.f("ix_turns_toy_id_number"), "turns", ["toy_id", "number"])
    op.create_table(
        "alerts",
        sa.Column("number", ROW_NUMBER, primary_key=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column("revision", sa.BigInteger(), nullable=False, unique=True),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "toy_id", sa.String(40), sa.ForeignKey("toys.id", ondelete="SET NULL"), index=True
        ),
        sa.Column(
            "turn_id", sa.String(40), sa.ForeignKey("turns.id", ondelete="SET NULL"), index=True
        ),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True)),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
    )
