"""Sensors of a toy: what it does, when and for how long it was talked with, how careful it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime

from .coordinator import HubCoordinator
from .entity import ToyEntity, for_toys
from .models import Toy

PARALLEL_UPDATES = 0

Value = str | float | datetime | None

STATES: Final = (
    *("found", "connecting", "online", "listening", "thinking", "speaking", "stopped", "away"),
    *("error", "no_device"),
)


@dataclass(frozen=True, kw_only=True)
class ToySensorDescription(SensorEntityDescription):
    value: Callable[[Toy], Value]


SENSORS: Final = (
    ToySensorDescription(
        key="state",
        device_class=SensorDeviceClass.ENUM,
        options=list(STATES),
        value=lambda toy: "no_device" if toy.state == "none" else toy.state,
    ),
    ToySensorDescription(
        key="last_active",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=lambda toy: toy.last_active,
    ),
    ToySensorDescription(
        key="minutes_today",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        value=lambda toy: round(toy.minutes_today, 1),
    ),
    ToySensorDescription(
        key="safety_level",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=["strict", "moderate", "relaxed"],
        value=lambda toy: toy.safety_level,
    ),
)


class ToySensor(ToyEntity, SensorEntity):
    entity_description: ToySensorDescription

    def __init__(
        self, coordinator: HubCoordinator, toy: Toy, description: ToySensorDescription
    ) -> None:
        super().__init__(coordinator, toy, description.key)
        self.entity_description = description

    @property
    def native_value(self) -> Value:
        value = self.entity_description.value(self.toy)
        # A word of a newer hub is unknown here, and no error.
        options = self.entity_description.options
        return None if options is not None and value not in options else value


async_setup_entry = for_toys(lambda hub, toy: [ToySensor(hub, toy, one) for one in SENSORS])
