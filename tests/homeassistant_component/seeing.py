"""Looking at Home Assistant's states until they are what they should be."""

import asyncio

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry

PATIENCE_S = 20


def state(hass: HomeAssistant, entity_id: str) -> str:
    found = hass.states.get(entity_id)
    assert found is not None, f"{entity_id}: there are {sorted(hass.states.async_entity_ids())}"
    return found.state


async def changed(hass: HomeAssistant, entity_id: str, wanted: str) -> None:
    """What comes over a socket is not among what `async_block_till_done` waits for."""
    async with asyncio.timeout(PATIENCE_S):
        while (found := hass.states.get(entity_id)) is None or found.state != wanted:
            await asyncio.sleep(0.01)


def device(hass: HomeAssistant, name: str) -> device_registry.DeviceEntry | None:
    """By the second half of its identifier; the way to look one up differs by version."""
    registry = device_registry.async_get(hass)
    for entry in hass.config_entries.async_entries("pommai"):
        for found in device_registry.async_entries_for_config_entry(registry, entry.entry_id):
            if ("pommai", name) in found.identifiers:
                return found
    return None
