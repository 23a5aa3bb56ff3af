"""An index of what was said, what parents note on a turn, and what is deleted."""

import sqlalchemy as sa
from alembic import op

from hub.storage.talks.index import CREATE_INDEX, index_all

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "turn_notes",
        sa.Column(
            "turn_id",
            sa.String(40),
            sa.ForeignKey("turns.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("bookmarked", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("correction", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_turn_notes_correction", "turn_notes", ["correction"])
    op.create_table(
        "removals",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("which", sa.String(60), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_removals_state", "removals", ["state"])
    op.create_table(
        "hidden_turns",
        sa.Column(
            "turn_number",
            sa.Integer(),
            sa.ForeignKey("turns.number", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "removal_id",
            sa.String(40),
            sa.ForeignKey("removals.id", ondelete="CASCADE"),
            nullable=False,
        ),
    )
    op.create_index("ix_hidden_turns_removal_id", "hidden_turns", ["removal_id"])
    op.create_index("ix_conversations_started_at", "conversations", ["started_at"])
    op.create_index("ix_turns_started_at", "turns", ["started_at"])
    op.execute(CREATE_INDEX)
    index_all(op.get_bind())
