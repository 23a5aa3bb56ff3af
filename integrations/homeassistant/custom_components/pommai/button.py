"""The emergency stop. There is no way back from here: a parent resumes on the Guardian pages."""

from __future__ import annotations

from homeassistant.components.button import ButtonEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .const import SCOPE_CONTROL
from .coordinator import coordinator_of
from .entity import HouseholdEntity

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddEntitiesCallback
) -> None:
    coordinator = coordinator_of(entry)
    if SCOPE_CONTROL in coordinator.data.hub.scopes:
        async_add_entities([EmergencyStop(coordinator, "emergency_stop")])


class EmergencyStop(HouseholdEntity, ButtonEntity):
    async def async_press(self) -> None:
        await self.coordinator.stop_all()
