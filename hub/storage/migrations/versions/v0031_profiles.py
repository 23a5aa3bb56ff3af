"""What a child likes, what to avoid and be gentle about, and its languages."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    for name in ("likes", "avoid", "gentle", "languages"):
        op.add_column(
            "children", sa.Column(name, sa.String(300), nullable=False, server_default="")
        )
