"""Whether everything is stopped, and whether the guard is ill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory

from .coordinator import HubCoordinator
from .entity import HouseholdEntity, for_household
from .models import Household

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class HouseholdSensorDescription(BinarySensorEntityDescription):
    is_on: Callable[[Household], bool]
    attributes: Callable[[Household], dict[str, Any] | None] = lambda _: None


SENSORS: Final = (
    HouseholdSensorDescription(key="stopped", is_on=lambda household: household.stopped),
    HouseholdSensorDescription(
        key="guard",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on=lambda household: not household.guard.ok,
        attributes=lambda household: {"impaired": list(household.guard.impaired)},
    ),
)


class HouseholdSensor(HouseholdEntity, BinarySensorEntity):
    entity_description: HouseholdSensorDescription

    def __init__(
        self, coordinator: HubCoordinator, description: HouseholdSensorDescription
    ) -> None:
        super().__init__(coordinator, description.key)
        self.entity_description = description

    @property
    def is_on(self) -> bool:
        return self.entity_description.is_on(self.household)

    @property
    def extra_state_attributes(self) -> dict[str, Any] | None:
        return self.entity_description.attributes(self.household)


async_setup_entry = for_household(lambda hub: [HouseholdSensor(hub, one) for one in SENSORS])
