"""How far a game is that a child plays with a toy over days."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    toy = sa.ForeignKey("toys.id", ondelete="CASCADE")
    child = sa.ForeignKey("children.id", ondelete="CASCADE")
    op.create_table(
        "games",
        sa.Column("id", sa.String(120), primary_key=True),
        sa.Column("toy_id", sa.String(40), toy, nullable=False, index=True),
        sa.Column("child_id", sa.String(40), child, index=True),
        sa.Column("game", sa.JSON(), nullable=False),
    )
