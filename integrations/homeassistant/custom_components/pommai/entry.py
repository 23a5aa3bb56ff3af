"""A config entry: what it keeps, the client that it makes, and its coordinator while it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components import conversation
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .const import CONF_FINGERPRINT, DOMAIN
from .coordinator import HubCoordinator
from .hub_client import HubClient

HAS_CONVERSATION_ENTITY: Final = hasattr(conversation, "ConversationEntity")
"""Where not, as in 2024.3, an entry has one agent, and its options say which toy that is."""


def client_for(hass: HomeAssistant, data: Mapping[str, Any]) -> HubClient:
    return HubClient(
        async_get_clientsession(hass),
        data[CONF_HOST],
        data[CONF_PORT],
        data[CONF_TOKEN],
        data[CONF_FINGERPRINT],
    )


def coordinator_of(entry: ConfigEntry) -> HubCoordinator:
    """What 2024.3 has not declared it keeps all the same, as any attribute."""
    coordinator = entry.runtime_data  # type: ignore[attr-defined]  # as just said
    assert isinstance(coordinator, HubCoordinator)
    return coordinator


def loaded(hass: HomeAssistant) -> list[HubCoordinator]:
    return [
        coordinator_of(entry)
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.state is ConfigEntryState.LOADED
    ]
