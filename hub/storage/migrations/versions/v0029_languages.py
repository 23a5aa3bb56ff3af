"""The language that the household's grown-ups read, and messages in place of English texts."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column(
        "household", sa.Column("language", sa.String(20), nullable=False, server_default="")
    )
    op.add_column("alerts", sa.Column("messages", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("audit_log", sa.Column("message", sa.JSON()))
