"""What a family gave its toys to know."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from hub.storage.schema.columns import RowNumber, UtcDateTime, metadata

documents = Table(
    "documents",
    metadata,
    Column("number", RowNumber, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    # None: every toy of the household knows it.
    Column("toy_id", ForeignKey("toys.id", ondelete="CASCADE"), index=True),
    Column("title", String(120), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("format", String(20), nullable=False),
    Column("language", String(20), nullable=False),
    Column("source", String(500), nullable=False),
    Column("cloud", Boolean, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("problem", String(500), nullable=False),
    Column("characters", Integer, nullable=False),
    # As it came, until it is read.
    Column("raw", LargeBinary),
)

passages = Table(
    "passages",
    metadata,
    Column("number", RowNumber, primary_key=True),
    Column("id", String(60), nullable=False, unique=True),
    Column(
        "document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("place", Integer, nullable=False),
    Column("text", Text, nullable=False),
    # By which version of the lists of words; "" for none yet.
    Column("indexed", String(20), nullable=False, server_default="", index=True),
    # Which model made the vector; "" for none yet.
    Column("embedder", String(80), nullable=False, server_default="", index=True),
    # 16-bit floats.
    Column("vector", LargeBinary),
)
