"""What was said, and what parents note and delete of it."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from hub.storage.schema.columns import RowNumber, UtcDateTime, metadata

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("toy_id", ForeignKey("toys.id"), nullable=False),
    Column("started_at", UtcDateTime, nullable=False, index=True),
    Index(None, "toy_id", "started_at"),
)

turns = Table(
    "turns",
    metadata,
    # The order in which turns began, whatever the household's clock did meanwhile.
    Column("number", RowNumber, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("revision", BigInteger, nullable=False, unique=True),
    Column("toy_id", ForeignKey("toys.id"), nullable=False),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("child_id", ForeignKey("children.id", ondelete="SET NULL"), index=True),
    # No foreign key: what was said may stay when the visit is over.
    Column("visit_id", String(40), nullable=False, server_default="", index=True),
    # No foreign key: what was said stays when the satellite is forgotten.
    Column("satellite_key", String(300)),
    Column("source", String(40), nullable=False),
    Column("started_at", UtcDateTime, nullable=False, index=True),
    Column("state", String(20), nullable=False, index=True),
    Column("heard", Text, nullable=False),
    Column("confidence", Float),
    Column("said", JSON, nullable=False),
    Column("refused", JSON, nullable=False),
    Column("verdicts", JSON, nullable=False),
    Column("providers", JSON, nullable=False),
    Column("timings_ms", JSON, nullable=False),
    Column("spans", JSON, nullable=False, server_default="[]"),
    Column("sound", JSON(none_as_null=True)),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("audio_in_ms", Float, nullable=False),
    Column("audio_out_ms", Float, nullable=False),
    Column("error", Text, nullable=False),
    # Ids of those that the model was told.
    Column("passages", JSON, nullable=False, server_default="[]"),
    # No foreign key: the oldest versions make room.
    Column("persona_version", Integer, nullable=False, server_default="0"),
    Index(None, "toy_id", "number"),
    Index(None, "toy_id", "started_at"),
    Index(None, "conversation_id", "number"),
)

# What a parent keeps beside a turn.
turn_notes = Table(
    "turn_notes",
    metadata,
    Column("turn_id", ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
    Column("bookmarked", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("correction", String(20), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
)

# What was deleted, without its words.
removals = Table(
    "removals",
    metadata,
    Column("number", RowNumber, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("scope", String(20), nullable=False),
    Column("which", String(60), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("ended_at", UtcDateTime),
)

# Turns that were deleted and are not erased yet. Narrow, so that all of a household's are hidden in one transaction.
hidden_turns = Table(
    "hidden_turns",
    metadata,
    Column(
        "turn_number",
        RowNumber,
        ForeignKey("turns.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("removal_id", ForeignKey("removals.id", ondelete="CASCADE"), nullable=False, index=True),
)
