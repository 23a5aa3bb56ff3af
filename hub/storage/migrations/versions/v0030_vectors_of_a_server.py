"""Passages are indexed by their words alone; vectors are of a model on a server, where there is one."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.add_column(
        "passages", sa.Column("indexed", sa.String(20), nullable=False, server_default="")
    )
    op.create_index("ix_passages_indexed", "passages", ["indexed"])
    op.execute("UPDATE passages SET embedder = '', vectors = NULL")
    op.alter_column("passages", "vectors", new_column_name="vector")
