"""Looking at Home Assistant's states until they are what they should be."""

import asyncio

from homeassistant.core import HomeAssistant

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
