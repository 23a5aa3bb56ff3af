"""What entities of the household and of toys share, and how a new toy gets its own.

Their devices are made by `devices.sync`; an entity names its own, and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .coordinator import HubCoordinator
from .devices import hub_identifier, toy_identifier
from .models import Household, Toy

MakeEntities = Callable[[HubCoordinator, Toy], Iterable["ToyEntity"]]


class HouseholdEntity(CoordinatorEntity[HubCoordinator]):
    """`key` is the translation key, too."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: HubCoordinator, key: str) -> None:
        super().__init__(coordinator)
        self._attr_translation_key = key
        self._attr_unique_id = f"{coordinator.data.hub.id}_{key}"
        self._attr_device_info = DeviceInfo(identifiers={hub_identifier(coordinator)})

    @property
    def household(self) -> Household:
        return self.coordinator.data.household


class ToyEntity(CoordinatorEntity[HubCoordinator]):
    """Available while the hub answers and has the toy."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: HubCoordinator, toy: Toy, key: str) -> None:
        super().__init__(coordinator)
        self._toy = toy
        identifier = toy_identifier(coordinator, toy.id)
        self._attr_translation_key = key
        self._attr_unique_id = f"{identifier[1]}_{key}"
        self._attr_device_info = DeviceInfo(identifiers={identifier})

    @property
    def available(self) -> bool:
        return super().available and self._toy.id in self.coordinator.data.toys

    @property
    def toy(self) -> Toy:
        """As the hub told of it last."""
        self._toy = self.coordinator.data.toys.get(self._toy.id, self._toy)
        return self._toy


def add_for_toys(coordinator: HubCoordinator, add: AddEntitiesCallback, make: MakeEntities) -> None:
    """Add what `make` makes for each toy, now and whenever a toy, or a part of one, is new."""
    added: dict[str, set[str]] = {}

    @callback
    def look() -> None:
        toys = coordinator.data.toys
        for gone in added.keys() - toys.keys():
            del added[gone]
        fresh: list[Entity] = []
        for toy in toys.values():
            known = added.setdefault(toy.id, set())
            for entity in make(coordinator, toy):
                if entity.unique_id is not None and entity.unique_id not in known:
                    known.add(entity.unique_id)
                    fresh.append(entity)
        if fresh:
            add(fresh)

    look()
    coordinator.config_entry.async_on_unload(coordinator.async_add_listener(look))
