"""What toys remember of children, and what they were asked to forget."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "memories",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("child_id", sa.String(40), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("sure", sa.Float(), nullable=False),
        sa.Column("turn_id", sa.String(40), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True)),
        sa.Column("replaced_by", sa.String(40), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(
            ["child_id"],
            ["children.id"],
            name=op.f("fk_memories_child_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_memories")),
        sa.UniqueConstraint("id", name=op.f("uq_memories_id")),
    )
    op.create_index(op.f("ix_memories_child_id"), "memories", ["child_id"])
    op.create_index(op.f("ix_memories_turn_id"), "memories", ["turn_id"])
    op.create_table(
        "memory_choices",
        sa.Column("child_id", sa.String(40), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("cloud", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"],
            ["children.id"],
            name=op.f("fk_memory_choices_child_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_memory_choices")),
    )
    op.create_table(
        "erased_memories",
        sa.Column("child_id", sa.String(40), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"],
            ["children.id"],
            name=op.f("fk_erased_memories_child_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("child_id", "mark", name=op.f("pk_erased_memories")),
    )
    op.create_table(
        "forgotten_turns",
        sa.Column("turn_id", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["turn_id"], ["turns.id"], name=op.f("fk_forgotten_turns_turn_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("turn_id", name=op.f("pk_forgotten_turns")),
    )
