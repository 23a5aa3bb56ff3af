"""The tables of a household's database.

Only types that PostgreSQL has too. Rows become domain objects in `repositories/`; a change here needs a
new file in `migrations/versions`, and a test compares the two.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Time,
    TypeDecorator,
    false,
    true,
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: goes in with any zone, comes out in UTC; SQLite itself keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite counts rows by itself only where the key is exactly INTEGER.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

children = Table(
    "children",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("birth_year", Integer),
    Column("birth_month", Integer),
    Column("birth_day", Integer),
    Column("pronouns", String(20), nullable=False, server_default=""),
    Column("archived", Boolean, nullable=False, server_default=false()),
)

toys = Table(
    "toys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(60), nullable=False),
    # The name as `by_name` looks for it: without case.
    Column("name_key", String(180), nullable=False, unique=True),
    Column("persona", Text, nullable=False),
    Column("language", String(20), nullable=False),
    Column("voice_name", String(200), nullable=False),
    Column("voice_settings", JSON, nullable=False),
    Column("providers", JSON, nullable=False),
    Column("model", String(200), nullable=False),
    Column("temperature", Float, nullable=False),
    Column("max_tokens", Integer, nullable=False),
    Column("safety_level", String(20), nullable=False),
    Column("blocked_topics", JSON, nullable=False),
    Column("thresholds", JSON, nullable=False, server_default="{}"),
    Column("patience", String(20), nullable=False, server_default="normal"),
    Column("house_rights", JSON, nullable=False, server_default="{}"),
    Column("paused", Boolean, nullable=False, server_default=false()),
    Column("tells_of_reading", Boolean, nullable=False, server_default=false()),
)

# Who talks to which toy.
toy_children = Table(
    "toy_children",
    metadata,
    Column("toy_id", ForeignKey("toys.id", ondelete="CASCADE"), primary_key=True),
    Column("child_id", ForeignKey("children.id", ondelete="CASCADE"), primary_key=True, index=True),
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

alerts = Table(
    "alerts",
    metadata,
    Column("number", RowNumber, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("revision", BigInteger, nullable=False, unique=True),
    Column("level", String(20), nullable=False),
    Column("category", String(40), nullable=False),
    Column("title", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("toy_id", ForeignKey("toys.id", ondelete="SET NULL"), index=True),
    Column("turn_id", ForeignKey("turns.id", ondelete="SET NULL"), index=True),
    Column("acknowledged_at", UtcDateTime),
    Column("acknowledged_by", String(60), nullable=False, server_default=""),
    Column("done_at", UtcDateTime),
    Column("done_by", String(60), nullable=False, server_default=""),
    Column("note", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Column("count", Integer, nullable=False, server_default="1"),
    Column("last_at", UtcDateTime),
    Column("last_turn_id", String(40)),
    # Whether it was decided to whom it is sent.
    Column("addressed", Boolean, nullable=False, server_default=true(), index=True),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("number", RowNumber, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("alert_id", ForeignKey("alerts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("adult_id", ForeignKey("adults.id", ondelete="SET NULL"), index=True),
    # What was sent to whom stays known when the adult is removed.
    Column("adult_name", String(60), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", UtcDateTime, nullable=False),
    Column("last_error", String(500), nullable=False),
    Column("ended_at", UtcDateTime),
)

adults = Table(
    "adults",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(60), nullable=False),
    # Encrypted: an address holds passwords and tokens.
    Column("sealed_url", Text, nullable=False),
    Column("least_level", String(20)),
    Column("gets_disclosures", Boolean, nullable=False),
    Column("digest", String(20), nullable=False, server_default="never"),
    Column("digest_words", Boolean, nullable=False, server_default=false()),
    Column("digest_sent_at", UtcDateTime),
)

# One row at most: a household that was never changed has the defaults.
household = Table(
    "household",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("country", String(2), nullable=False),
    Column("time_zone", String(60), nullable=False),
    Column("quiet_from", Time),
    Column("quiet_until", Time),
    Column("break_after_minutes", Integer, nullable=False),
    Column("monthly_cap_cents", Integer, nullable=False, server_default="1000"),
    Column("emergency_stopped_at", UtcDateTime),
    Column("stop_reason", String(200), nullable=False),
    Column("quiet", Boolean, nullable=False, server_default=false()),
)

# What left the home.
ledger = Table(
    "ledger",
    metadata,
    Column("number", RowNumber, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("provider", String(200), nullable=False),
    Column("what", String(20), nullable=False),
    Column("amount", BigInteger, nullable=False),
    # No foreign key: a guess that was thrown away had a turn that was never stored.
    Column("turn_id", String(40), index=True),
    Column("discarded", Boolean, nullable=False),
    Column("cost_micro_usd", BigInteger, nullable=False, server_default="0"),
)

# Who agreed that their voice is copied.
voice_consents = Table(
    "voice_consents",
    metadata,
    Column("number", RowNumber, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String(60), nullable=False),
    Column("text", String(500), nullable=False),
    Column("provider", String(200), nullable=False),
    Column("voice_name", String(60), nullable=False),
    Column("recordings", Integer, nullable=False),
    Column("voice_id", String(200), nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Column("erased_at", UtcDateTime),
)

# Who may use the pages.
guardians = Table(
    "guardians",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(60), nullable=False),
    # The name as it is looked for: without case.
    Column("name_key", String(180), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # Encrypted; "" while no second factor is on.
    Column("sealed_totp", Text, nullable=False, server_default=""),
    # The 30 seconds whose code was used last: none counts twice.
    Column("totp_step", BigInteger, nullable=False, server_default="0"),
)

guardian_sessions = Table(
    "guardian_sessions",
    metadata,
    Column("token_hash", String(200), primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column(
        "guardian_id", ForeignKey("guardians.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("device", String(60), nullable=False),
    Column("place", String(60), nullable=False),
)

# Links that let one more person in.
invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("name", String(60), nullable=False),
    Column("role", String(20), nullable=False),
    Column("made_by", String(60), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

# For who lost the second factor; each is good once.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column(
        "guardian_id", ForeignKey("guardians.id", ondelete="CASCADE"), nullable=False, index=True
    ),
)

# Who did what.
audit_log = Table(
    "audit_log",
    metadata,
    Column("number", RowNumber, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("actor", String(20), nullable=False),
    Column("name", String(60), nullable=False),
    Column("what", String(300), nullable=False),
)

# Who may use `/api/v1`, as hashes of tokens.
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("name", String(60), nullable=False),
    Column("scopes", JSON, nullable=False),
    # None: made before guardians had names, or nobody's.
    Column("made_by", ForeignKey("guardians.id", ondelete="SET NULL"), index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)
