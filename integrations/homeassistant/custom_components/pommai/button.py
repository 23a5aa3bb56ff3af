"""The emergency stop. There is no way back from here: a parent resumes on the Guardian pages."""

from __future__ import annotations

from homeassistant.components.button import ButtonEntity

from .const import SCOPE_CONTROL
from .entity import HouseholdEntity, for_household

PARALLEL_UPDATES = 0


class EmergencyStop(HouseholdEntity, ButtonEntity):
    async def async_press(self) -> None:
        await self.coordinator.stop_all()


async_setup_entry = for_household(lambda hub: [EmergencyStop(hub, "emergency_stop")], SCOPE_CONTROL)
