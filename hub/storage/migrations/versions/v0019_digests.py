"""Which grown-ups get a digest, how often, and when each got the last."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    with op.batch_alter_table("adults") as table:
        table.add_column(sa.Column("digest", sa.String(20), nullable=False, server_default="never"))
        table.add_column(
            sa.Column("digest_words", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        table.add_column(sa.Column("digest_sent_at", sa.DateTime(timezone=True)))
