"""By whose voice toys may guess who speaks."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    child = sa.ForeignKey("children.id", ondelete="CASCADE")
    op.create_table(
        "voice_hints",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("child_id", sa.String(40), child, nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_to", sa.String(1000), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("voice", sa.LargeBinary(), nullable=False),
        sa.Column("utterances", sa.Integer(), nullable=False),
        sa.UniqueConstraint("child_id", name="uq_voice_hints_child_id"),
    )
