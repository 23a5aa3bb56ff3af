"""What "Download diagnostics" gives: how things are, without who, where or any secret."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_TOKEN
from homeassistant.core import HomeAssistant

from .const import CONF_AGENT_TOY, CONF_FINGERPRINT
from .coordinator import coordinator_of
from .models import Toy

REDACTED: Final = {CONF_HOST, CONF_TOKEN, CONF_FINGERPRINT, CONF_AGENT_TOY}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: ConfigEntry
) -> dict[str, Any]:
    coordinator = coordinator_of(entry)
    state = coordinator.data
    return {
        "entry": async_redact_data({**entry.data, **entry.options}, REDACTED),
        "hub": {
            "version": state.hub.version,
            "api": state.hub.api,
            "scopes": sorted(state.hub.scopes),
        },
        "connection": {
            "connected": coordinator.last_update_success,
            "reconnects": coordinator.reconnects,
            "last_error": type(coordinator.last_exception).__name__
            if coordinator.last_exception
            else None,
        },
        "household": {
            "stopped": state.household.stopped,
            "quiet": state.household.quiet,
            "guard_ok": state.household.guard.ok,
            "impaired": list(state.household.guard.impaired),
        },
        "toys": [_toy(toy) for toy in state.toys.values()],
    }


def _toy(toy: Toy) -> dict[str, Any]:
    """Neither its name nor when a child is at home."""
    return {
        "state": toy.state,
        "paused": toy.paused,
        "safety_level": toy.safety_level,
        "language": toy.language,
        "device": toy.device and asdict(toy.device),
    }
