"""A toy's volume, up to the cap that a parent set on the hub."""

from __future__ import annotations

from collections.abc import Iterator

from homeassistant.components.number import NumberEntity, NumberMode
from homeassistant.const import PERCENTAGE

from .const import SCOPE_CONTROL
from .coordinator import HubCoordinator
from .entity import ToyEntity, for_toys
from .models import Toy

PARALLEL_UPDATES = 1


class Volume(ToyEntity, NumberEntity):
    """Unavailable while no device whose volume can be set is there."""

    _attr_mode = NumberMode.SLIDER
    _attr_native_min_value = 0
    _attr_native_step = 1
    _attr_native_unit_of_measurement = PERCENTAGE

    @property
    def available(self) -> bool:
        return super().available and self.native_value is not None

    @property
    def native_max_value(self) -> float:
        cap = self.toy.device.volume_cap if self.toy.device else None
        return 100 if cap is None else cap

    @property
    def native_value(self) -> float | None:
        return self.toy.device.volume if self.toy.device else None

    async def async_set_native_value(self, value: float) -> None:
        await self.coordinator.change_toy(self.toy, volume=round(value))


def _made(coordinator: HubCoordinator, toy: Toy) -> Iterator[ToyEntity]:
    if toy.device is not None and toy.device.volume is not None:
        yield Volume(coordinator, toy, "volume")


async_setup_entry = for_toys(_made, SCOPE_CONTROL)
