"""What entities of the household and of toys share, and how a new toy gets its own.

Their devices are made, renamed and removed as the hub says; an entity names its own, and no more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry
from homeassistant.helpers.device_registry import DeviceEntry, DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN, MANUFACTURER, SCOPE_STATE
from .coordinator import HubCoordinator, coordinator_of
from .models import Household, Toy

Identifier = tuple[str, str]
MakeHousehold = Callable[[HubCoordinator], Iterable["HouseholdEntity"]]
MakeEntities = Callable[[HubCoordinator, Toy], Iterable["ToyEntity"]]
SetUpEntry = Callable[[HomeAssistant, ConfigEntry, AddEntitiesCallback], Awaitable[None]]


def hub_identifier(coordinator: HubCoordinator) -> Identifier:
    return (DOMAIN, coordinator.data.hub.id)


def toy_identifier(coordinator: HubCoordinator, toy_id: str) -> Identifier:
    return (DOMAIN, f"{coordinator.data.hub.id}_{toy_id}")


def toy_of(coordinator: HubCoordinator, device: DeviceEntry) -> Toy | None:
    """The toy that a device stands for; None for the hub's own and for what is gone."""
    for toy in coordinator.data.toys.values():
        if toy_identifier(coordinator, toy.id) in device.identifiers:
            return toy
    return None


@callback
def sync_devices(coordinator: HubCoordinator) -> None:
    """The hub and its toys, made, renamed and removed in the registry as the hub says."""
    registry = device_registry.async_get(coordinator.hass)
    entry_id = coordinator.config_entry.entry_id
    hub = registry.async_get_or_create(
        config_entry_id=entry_id,
        identifiers={hub_identifier(coordinator)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        model="Hub",
        name=coordinator.config_entry.title,
        sw_version=coordinator.data.hub.version,
    )
    known = {hub.id}
    for toy in coordinator.data.toys.values():
        device = registry.async_get_or_create(
            config_entry_id=entry_id,
            identifiers={toy_identifier(coordinator, toy.id)},
            manufacturer=MANUFACTURER,
            model=(toy.device.hardware if toy.device else "") or "Toy",
            name=toy.name,
            sw_version=(toy.device.firmware if toy.device else "") or None,
        )
        known.add(device.id)
        # The one way to say it that no version lacks or calls outdated.
        if device.via_device_id != hub.id:
            registry.async_update_device(device.id, via_device_id=hub.id)
    for device in device_registry.async_entries_for_config_entry(registry, entry_id):
        if device.id not in known:
            registry.async_remove_device(device.id)


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


def for_household(make: MakeHousehold, scope: str = SCOPE_STATE) -> SetUpEntry:
    """A platform's `async_setup_entry` that adds what `make` makes, where the token is good for `scope`."""

    async def async_setup_entry(
        hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddEntitiesCallback
    ) -> None:
        coordinator = coordinator_of(entry)
        if scope in coordinator.data.hub.scopes:
            async_add_entities(make(coordinator))

    return async_setup_entry


def for_toys(make: MakeEntities, scope: str = SCOPE_STATE) -> SetUpEntry:
    """The same with what `make` makes for each toy, now and whenever a toy, or a part of one, is new."""

    async def async_setup_entry(
        hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddEntitiesCallback
    ) -> None:
        coordinator = coordinator_of(entry)
        if scope not in coordinator.data.hub.scopes:
            return
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
                async_add_entities(fresh)

        look()
        entry.async_on_unload(coordinator.async_add_listener(look))

    return async_setup_entry
