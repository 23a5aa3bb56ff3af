"""Names and bounds that the whole integration shares."""

from typing import Final

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

SAY_CHARACTERS: Final = 500
