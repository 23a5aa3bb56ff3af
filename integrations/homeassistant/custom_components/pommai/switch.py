"""Quiet mode for the household; for each toy a pause, and its microphone's mute."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

from homeassistant.components.switch import SwitchEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .const import SCOPE_CONTROL
from .coordinator import HubCoordinator
from .entity import HouseholdEntity, ToyEntity, for_household, for_toys
from .models import Toy

PARALLEL_UPDATES = 1


async def async_setup_entry(
    hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddEntitiesCallback
) -> None:
    await _for_household(hass, entry, async_add_entities)
    await _for_toys(hass, entry, async_add_entities)


class _Switch(SwitchEntity):
    @abstractmethod
    async def turn(self, on: bool) -> None:
        """Ask the hub for it. Raises HomeAssistantError."""

    async def async_turn_on(self, **kwargs: object) -> None:
        await self.turn(True)

    async def async_turn_off(self, **kwargs: object) -> None:
        await self.turn(False)


class QuietSwitch(HouseholdEntity, _Switch):
    @property
    def is_on(self) -> bool:
        return self.household.quiet

    async def turn(self, on: bool) -> None:
        await self.coordinator.set_quiet(on)


class PauseSwitch(ToyEntity, _Switch):
    @property
    def is_on(self) -> bool:
        return self.toy.paused

    async def turn(self, on: bool) -> None:
        await self.coordinator.change_toy(self.toy, paused=on)


class MuteSwitch(ToyEntity, _Switch):
    """On is muted: nothing is heard. Unavailable while no device that can be muted is there."""

    @property
    def available(self) -> bool:
        return super().available and self.is_on is not None

    @property
    def is_on(self) -> bool | None:
        return self.toy.device.muted if self.toy.device else None

    async def turn(self, on: bool) -> None:
        await self.coordinator.change_toy(self.toy, muted=on)


def _made(coordinator: HubCoordinator, toy: Toy) -> Iterator[ToyEntity]:
    yield PauseSwitch(coordinator, toy, "paused")
    if toy.device is not None and toy.device.muted is not None:
        yield MuteSwitch(coordinator, toy, "muted")


_for_household = for_household(lambda hub: [QuietSwitch(hub, "quiet")], SCOPE_CONTROL)
_for_toys = for_toys(_made, SCOPE_CONTROL)
