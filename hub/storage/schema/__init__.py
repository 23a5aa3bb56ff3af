"""The tables of a household's database.

Only types that PostgreSQL has too. Rows become domain objects in `repositories/`; a change here needs a
new file in `migrations/versions`, and a test compares the two.
"""

from hub.storage.schema.columns import RowNumber, UtcDateTime, metadata
from hub.storage.schema.documents import documents, passages
from hub.storage.schema.family import (
    children,
    erased_memories,
    forgotten_turns,
    house_services,
    memories,
    memory_choices,
    personas,
    play_grants,
    play_limits,
    satellites,
    toy_children,
    toys,
    visits,
)
from hub.storage.schema.household import (
    adults,
    alerts,
    api_tokens,
    audit_log,
    counters,
    deliveries,
    gone,
    guardian_sessions,
    guardians,
    household,
    invitations,
    ledger,
    meta,
    passkeys,
    recovery_codes,
    voice_consents,
)
from hub.storage.schema.talks import conversations, hidden_turns, removals, turn_notes, turns

__all__ = [
    "RowNumber",
    "UtcDateTime",
    "adults",
    "alerts",
    "api_tokens",
    "audit_log",
    "children",
    "conversations",
    "counters",
    "deliveries",
    "documents",
    "erased_memories",
    "forgotten_turns",
    "gone",
    "guardian_sessions",
    "guardians",
    "hidden_turns",
    "house_services",
    "household",
    "invitations",
    "ledger",
    "memories",
    "memory_choices",
    "meta",
    "metadata",
    "passages",
    "passkeys",
    "personas",
    "play_grants",
    "play_limits",
    "recovery_codes",
    "removals",
    "satellites",
    "toy_children",
    "toys",
    "turn_notes",
    "turns",
    "visits",
    "voice_consents",
]
