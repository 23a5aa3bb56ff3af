"""Children, their toys with limits and memories, and the devices that toys live in."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    false,
)

from hub.storage.schema.columns import RowNumber, UtcDateTime, metadata

children = Table(
    "children",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("birth_year", Integer),
    Column("birth_month", Integer),
    Column("birth_day", Integer),
    Column("pronouns", String(20), nullable=False, server_default=""),
    Column("likes", String(300), nullable=False, server_default=""),
    Column("avoid", String(300), nullable=False, server_default=""),
    Column("gentle", String(300), nullable=False, server_default=""),
    Column("languages", String(300), nullable=False, server_default=""),
    Column("safety_level", String(20)),
    Column("archived", Boolean, nullable=False, server_default=false()),
)

toys = Table(
    "toys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(60), nullable=False),
    # The name as `by_name` looks for it: without case.
    Column("name_key", String(180), nullable=False, unique=True),
    Column("persona", JSON, nullable=False, server_default="{}"),
    Column("persona_version", Integer, nullable=False, server_default="1"),
    Column("language", String(20), nullable=False),
    Column("voice_name", String(200), nullable=False),
    Column("voice_settings", JSON, nullable=False),
    Column("voice_provider", String(200), nullable=False, server_default=""),
    Column("voice_format", String(40), nullable=False, server_default=""),
    Column("providers", JSON, nullable=False),
    Column("model", String(200), nullable=False),
    Column("temperature", Float, nullable=False),
    Column("max_tokens", Integer, nullable=False),
    Column("safety_level", String(20), nullable=False),
    Column("blocked_topics", JSON, nullable=False),
    Column("thresholds", JSON, nullable=False, server_default="{}"),
    Column("patience", String(20), nullable=False, server_default="normal"),
    Column("house_rights", JSON, nullable=False, server_default="{}"),
    Column("bedtime", JSON, nullable=False, server_default="{}"),
    Column("paused", Boolean, nullable=False, server_default=false()),
    Column("tells_of_reading", Boolean, nullable=False, server_default=false()),
    Column("archived", Boolean, nullable=False, server_default=false()),
    # No foreign key: who has it counts for some minutes.
    Column("held_by", String(40)),
    Column("held_since", UtcDateTime),
)

# Every persona that was saved of a toy, the one that it has now among them.
personas = Table(
    "personas",
    metadata,
    Column("toy_id", ForeignKey("toys.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(60), nullable=False),
    Column("persona", JSON, nullable=False),
)

# Who talks to which toy.
toy_children = Table(
    "toy_children",
    metadata,
    Column("toy_id", ForeignKey("toys.id", ondelete="CASCADE"), primary_key=True),
    Column("child_id", ForeignKey("children.id", ondelete="CASCADE"), primary_key=True, index=True),
)

# A friend who plays with a toy for some days; it goes when what was said is erased, or kept.
visits = Table(
    "visits",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("toy_id", ForeignKey("toys.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String(60), nullable=False),
    Column("age", Integer, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("keeps_talks", Boolean, nullable=False),
    Column("ended_at", UtcDateTime),
)

# What parents set of one child over all toys, or of one toy; `id` is that child's or toy's.
play_limits = Table(
    "play_limits",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("toy_id", ForeignKey("toys.id", ondelete="CASCADE"), index=True),
    Column("child_id", ForeignKey("children.id", ondelete="CASCADE"), index=True),
    Column("limits", JSON, nullable=False),
)

# What they gave for once beyond it, for some days.
play_grants = Table(
    "play_grants",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("toy_id", ForeignKey("toys.id", ondelete="CASCADE"), index=True),
    Column("child_id", ForeignKey("children.id", ondelete="CASCADE"), index=True),
    Column("kind", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("used_at", UtcDateTime),
)

# How far a game is that a child plays with a toy over days; nothing of it is in the child's words.
games = Table(
    "games",
    metadata,
    # The toy, who plays and what: see `hub.storage.family.games`.
    Column("id", String(120), primary_key=True),
    Column("toy_id", ForeignKey("toys.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("child_id", ForeignKey("children.id", ondelete="CASCADE"), index=True),
    Column("game", JSON, nullable=False),
)

# What toys remember of a child, line by line.
memories = Table(
    "memories",
    metadata,
    Column("number", RowNumber, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("child_id", ForeignKey("children.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("text", String(200), nullable=False),
    # Of the words that carry its meaning, so that the same is not kept twice.
    Column("mark", String(64), nullable=False),
    Column("about", String(200), nullable=False),
    Column("source", String(20), nullable=False),
    Column("sure", Float, nullable=False),
    # No foreign key: a line stays when the family keeps its turn no longer.
    Column("turn_id", String(40), nullable=False, index=True),
    Column("learned_at", UtcDateTime, nullable=False),
    Column("replaced_at", UtcDateTime),
    Column("replaced_by", String(40), nullable=False, server_default=""),
)

memory_choices = Table(
    "memory_choices",
    metadata,
    Column("child_id", ForeignKey("children.id", ondelete="CASCADE"), primary_key=True),
    Column("is_on", Boolean, nullable=False),
    Column("cloud", Boolean, nullable=False),
)

# By whose voice toys may guess who speaks; in `voice` numbers, and no sound.
voice_hints = Table(
    "voice_hints",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("child_id", ForeignKey("children.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("agreed_at", UtcDateTime, nullable=False),
    Column("agreed_to", String(1000), nullable=False),
    Column("model", String(200), nullable=False),
    Column("voice", LargeBinary, nullable=False),
    Column("utterances", Integer, nullable=False),
)

# Marks of lines that were erased, without their words: nothing proposes these again.
erased_memories = Table(
    "erased_memories",
    metadata,
    Column("child_id", ForeignKey("children.id", ondelete="CASCADE"), primary_key=True),
    Column("mark", String(64), primary_key=True),
)

# Turns that no model is told of any more, as they speak of what was erased.
forgotten_turns = Table(
    "forgotten_turns",
    metadata,
    Column("turn_id", ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
)

satellites = Table(
    "satellites",
    metadata,
    Column("key", String(300), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("addresses", JSON, nullable=False),
    Column("hardware", String(200), nullable=False),
    Column("firmware", String(200), nullable=False),
    Column("boot_id", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("state_detail", String(500), nullable=False),
    Column("adopted", Boolean, nullable=False),
    Column("toy_id", ForeignKey("toys.id", ondelete="SET NULL"), index=True),
    Column("last_seen", UtcDateTime),
    # Of a paired one; not secret.
    Column("certificate", LargeBinary),
    Column("settings", JSON, nullable=False, server_default="{}"),
    Column("absences", JSON, nullable=False, server_default="[]"),
    Column("room_heard_by", String(200), nullable=False, server_default=""),
    # Ids, some of toys that are gone.
    Column("callable_toys", JSON, nullable=False, server_default="[]"),
)

# Wyoming services on the home network that a parent approved.
house_services = Table(
    "house_services",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("program", String(200), nullable=False),
    Column("host", String(200), nullable=False),
    Column("port", Integer, nullable=False),
    Column("version", String(200), nullable=False),
    Column("languages", JSON, nullable=False),
    Column("choices", JSON, nullable=False),
)
