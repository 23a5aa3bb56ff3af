"""What services outside the home cost, and what they may cost in a month."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("ledger") as ledger:
        ledger.add_column(
            sa.Column("cost_micro_usd", sa.BigInteger(), nullable=False, server_default="0")
        )
        ledger.create_index("ix_ledger_at", ["at"])
    with op.batch_alter_table("household") as household:
        household.add_column(
            sa.Column("monthly_cap_cents", sa.Integer(), nullable=False, server_default="1000")
        )
