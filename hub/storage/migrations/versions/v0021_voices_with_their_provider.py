"""Whose a toy's voice is, and how its sound is sent."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    for name, length in (("voice_provider", 200), ("voice_format", 40)):
        op.add_column("toys", sa.Column(name, sa.String(length), nullable=False, server_default=""))
