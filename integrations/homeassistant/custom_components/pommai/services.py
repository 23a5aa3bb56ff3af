"""`pommai.say`: toys speak what somebody wrote, once the hub's guard agreed."""

from __future__ import annotations

from typing import Final

import voluptuous as vol
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry, entity_registry

from .const import DOMAIN, MAX_SAY_CHARS, SCOPE_SPEAK
from .coordinator import HubCoordinator, loaded
from .entity import toy_of
from .errors import refusal
from .models import Toy

try:
    from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
except ImportError:  # 2024.3
    from homeassistant.helpers.service import async_extract_referenced_entity_ids

    TargetSelection = None

SERVICE_SAY: Final = "say"
ATTR_TEXT: Final = "text"

SAY_SCHEMA: Final = cv.make_entity_service_schema(
    {vol.Required(ATTR_TEXT): vol.All(cv.string, vol.Strip, vol.Length(min=1, max=MAX_SAY_CHARS))}
)


def register(hass: HomeAssistant) -> None:
    async def say(call: ServiceCall) -> None:
        """Each toy is asked; what went wrong with the first that did not is raised at the end."""
        toys = _meant(hass, call)
        if not toys:
            raise refusal("no_toy" if loaded(hass) else "hub_away")
        failed: HomeAssistantError | None = None
        for coordinator, toy in toys:
            try:
                if SCOPE_SPEAK not in coordinator.data.hub.scopes:
                    raise refusal("scope")
                await coordinator.say(toy, call.data[ATTR_TEXT])
            except HomeAssistantError as error:
                failed = failed or error
        if failed is not None:
            raise failed

    hass.services.async_register(DOMAIN, SERVICE_SAY, say, schema=SAY_SCHEMA)


def _meant(hass: HomeAssistant, call: ServiceCall) -> list[tuple[HubCoordinator, Toy]]:
    """The toys whose device, entity or area was named."""
    if TargetSelection is None:
        selected = async_extract_referenced_entity_ids(hass, call)
    else:
        selected = async_extract_referenced_entity_ids(hass, TargetSelection(call.data))
    entities = entity_registry.async_get(hass)
    device_ids = set(selected.referenced_devices)
    for entity_id in selected.referenced | selected.indirectly_referenced:
        entity = entities.async_get(entity_id)
        if entity is not None and entity.device_id is not None:
            device_ids.add(entity.device_id)
    registry = device_registry.async_get(hass)
    named = [device for one in sorted(device_ids) if (device := registry.async_get(one))]
    return [
        (coordinator, toy)
        for coordinator in loaded(hass)
        for device in named
        if (toy := toy_of(coordinator, device))
    ]
