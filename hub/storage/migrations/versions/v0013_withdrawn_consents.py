"""Since when a person doesn't agree any more that their voice is copied, and when the copy was deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    with op.batch_alter_table("voice_consents") as table:
        table.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("erased_at", sa.DateTime(timezone=True)))
