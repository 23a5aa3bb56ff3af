"""Pommai in Home Assistant: a family's toys, what parents should know of them, and a way to stop them.

An entry is one hub. `coordinator` follows it, the platforms show it, `hub_client` is the only door to it.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from homeassistant.components import conversation, notify
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.typing import ConfigType

from . import repairs, services
from .agent import LegacyAgent
from .const import DOMAIN, HAS_CONVERSATION_ENTITY, SCOPE_SPEAK
from .coordinator import HubCoordinator, client_for, coordinator_of, revision_store
from .entity import hub_identifier, sync_devices, toy_of

CONFIG_SCHEMA: Final = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS: Final = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SENSOR,
    Platform.SWITCH,
]
if hasattr(notify, "NotifyEntity"):
    PLATFORMS.append(Platform.NOTIFY)
if HAS_CONVERSATION_ENTITY:
    PLATFORMS.append(Platform("conversation"))


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    services.register(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    coordinator = HubCoordinator(hass, entry, client_for(hass, entry.data))
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator

    sync_devices(coordinator)
    entry.async_on_unload(coordinator.async_add_listener(partial(sync_devices, coordinator)))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    if not HAS_CONVERSATION_ENTITY:
        _offer_legacy_agent(hass, entry, coordinator)
    coordinator.start()
    return True


def _offer_legacy_agent(
    hass: HomeAssistant, entry: ConfigEntry, coordinator: HubCoordinator
) -> None:
    if SCOPE_SPEAK in coordinator.data.hub.scopes:
        conversation.async_set_agent(hass, entry, LegacyAgent(entry, coordinator))
        entry.async_on_unload(lambda: conversation.async_unset_agent(hass, entry))


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    coordinator = coordinator_of(entry)
    coordinator.stop()
    if not await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        coordinator.start()
        return False
    await coordinator.save()
    return True


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    repairs.clear_issues(hass, entry)
    await revision_store(hass, entry).async_remove()


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: ConfigEntry, device: DeviceEntry
) -> bool:
    """A toy that the hub still has would come back at once; while the hub is away nobody knows."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    coordinator = coordinator_of(entry)
    is_hub = hub_identifier(coordinator) in device.identifiers
    return not is_hub and toy_of(coordinator, device) is None
