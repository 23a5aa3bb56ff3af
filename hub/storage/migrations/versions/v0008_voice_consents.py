"""Who agreed that their voice is copied."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "voice_consents",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(60), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("provider", sa.String(200), nullable=False),
        sa.Column("voice_name", sa.String(60), nullable=False),
        sa.Column("recordings", sa.Integer(), nullable=False),
        sa.Column("voice_id", sa.String(200), nullable=False),
    )
