"""Names and bounds that the whole integration shares."""

from typing import Final

from homeassistant.components import conversation

DOMAIN: Final = "pommai"
MANUFACTURER: Final = "Pommai"
DEFAULT_PORT: Final = 8771

CONF_FINGERPRINT: Final = "fingerprint"
CONF_AGENT_TOY: Final = "agent_toy"

API: Final = 1
"""The version of the hub's `/api` that is spoken here."""

SCOPE_STATE: Final = "state"
SCOPE_ALERTS: Final = "alerts"
SCOPE_CONTROL: Final = "control"
SCOPE_SPEAK: Final = "speak"

MAX_SAY_CHARS: Final = 500

HAS_CONVERSATION_ENTITY: Final = hasattr(conversation, "ConversationEntity")
"""Where not, as in 2024.3, an entry has one agent, and its options say which toy that is."""
