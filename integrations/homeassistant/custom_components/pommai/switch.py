"""Quiet mode for the household; for each toy a pause, and its microphone's mute."""

from __future__ import annotations

from collections.abc import Iterator

from homeassistant.components.switch import SwitchEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .const import SCOPE_CONTROL
from .coordinator import HubCoordinator
from .entity import HouseholdEntity, ToyEntity, add_for_toys
from .entry import coordinator_of
from .models import Toy

PARALLEL_UPDATES = 1


async def async_setup_entry(
    hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddEntitiesCallback
) -> None:
    coordinator = coordinator_of(entry)
    if SCOPE_CONTROL not in coordinator.data.hub.scopes:
        return

    def make(coordinator: HubCoordinator, toy: Toy) -> Iterator[ToyEntity]:
        yield PauseSwitch(coordinator, toy, "paused")
        if toy.body is not None and toy.body.muted is not None:
            yield MuteSwitch(coordinator, toy, "muted")

    async_add_entities([QuietSwitch(coordinator, "quiet")])
    add_for_toys(coordinator, async_add_entities, make)


class QuietSwitch(HouseholdEntity, SwitchEntity):
    @property
    def is_on(self) -> bool:
        return self.household.quiet

    async def async_turn_on(self, **kwargs: object) -> None:
        await self.coordinator.set_quiet(True)

    async def async_turn_off(self, **kwargs: object) -> None:
        await self.coordinator.set_quiet(False)


class PauseSwitch(ToyEntity, SwitchEntity):
    @property
    def is_on(self) -> bool:
        return self.toy.paused

    async def async_turn_on(self, **kwargs: object) -> None:
        await self.coordinator.change_toy(self.toy, paused=True)

    async def async_turn_off(self, **kwargs: object) -> None:
        await self.coordinator.change_toy(self.toy, paused=False)


class MuteSwitch(ToyEntity, SwitchEntity):
    """On is muted: nothing is heard. Unavailable while no device that can be muted is there."""

    @property
    def available(self) -> bool:
        return super().available and self.is_on is not None

    @property
    def is_on(self) -> bool | None:
        return self.toy.body.muted if self.toy.body else None

    async def async_turn_on(self, **kwargs: object) -> None:
        await self.coordinator.change_toy(self.toy, muted=True)

    async def async_turn_off(self, **kwargs: object) -> None:
        await self.coordinator.change_toy(self.toy, muted=False)
