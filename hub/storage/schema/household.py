"""Alerts and whom they reach, the people of a household, what left it, and its counters."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    Time,
    false,
    true,
)

from hub.storage.schema.columns import RowNumber, UtcDateTime, metadata

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
    # Of the title and the details, those that can be translated.
    Column("messages", JSON, nullable=False, server_default="{}"),
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
    Column("language", String(20), nullable=False, server_default=""),
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

# Public keys of those that guardians sign in with.
passkeys = Table(
    "passkeys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column(
        "guardian_id", ForeignKey("guardians.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("host", String(255), nullable=False),
    Column("name", String(60), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # 1,023 bytes at most (Web Authentication Level 2, section 4).
    Column("credential_id", String(1400), nullable=False, unique=True),
    Column("public_key", Text, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("last_used_at", UtcDateTime),
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
    # The same, where it can be translated.
    Column("message", JSON),
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

# What was erased or revoked, by its id alone: a backup that still holds it is restored without it.
gone = Table(
    "gone",
    metadata,
    Column("number", RowNumber, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("which", String(300), nullable=False),
    Column("at", UtcDateTime, nullable=False),
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
