"""The certificates of satellites that were paired."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("satellites") as satellites:
        satellites.add_column(sa.Column("certificate", sa.LargeBinary()))
