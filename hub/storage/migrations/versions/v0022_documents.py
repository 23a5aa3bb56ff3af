"""What a family gave its toys to know, and which passages of it a model was told."""

import sqlalchemy as sa
from alembic import op

from hub.storage.documents.index import CREATE_INDEX, CREATE_TRIGGER, CREATE_VOCABULARY

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column("toy_id", sa.String(40), sa.ForeignKey("toys.id", ondelete="CASCADE")),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("format", sa.String(20), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("source", sa.String(500), nullable=False),
        sa.Column("cloud", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("problem", sa.String(500), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary()),
    )
    op.create_index("ix_documents_toy_id", "documents", ["toy_id"])
    op.create_index("ix_documents_state", "documents", ["state"])
    op.create_table(
        "passages",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("id", sa.String(60), nullable=False, unique=True),
        sa.Column(
            "document_id",
            sa.String(40),
            sa.ForeignKey("documents.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("embedder", sa.String(80), nullable=False, server_default=""),
        sa.Column("vectors", sa.LargeBinary()),
    )
    op.create_index("ix_passages_document_id", "passages", ["document_id"])
    op.create_index("ix_passages_embedder", "passages", ["embedder"])
    for statement in (CREATE_INDEX, CREATE_VOCABULARY, CREATE_TRIGGER):
        op.execute(statement)
    op.add_column("turns", sa.Column("passages", sa.JSON(), nullable=False, server_default="[]"))
