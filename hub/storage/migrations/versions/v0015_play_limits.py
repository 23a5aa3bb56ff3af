"""How long and when children may play, and what parents gave for once beyond that."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "play_limits",
        sa.Column("id", sa.String(40), primary_key=True),
        *_whose(),
        sa.Column("limits", sa.JSON(), nullable=False),
    )
    op.create_table(
        "play_grants",
        sa.Column("id", sa.String(40), primary_key=True),
        *_whose(),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
    )


def _whose() -> tuple[sa.Column[str | None], sa.Column[str | None]]:
    toy = sa.ForeignKey("toys.id", ondelete="CASCADE")
    child = sa.ForeignKey("children.id", ondelete="CASCADE")
    return (
        sa.Column("toy_id", sa.String(40), toy, index=True),
        sa.Column("child_id", sa.String(40), child, index=True),
    )
