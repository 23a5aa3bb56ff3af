"""The hub and its toys in the device registry: made, renamed and removed as the hub says."""

from __future__ import annotations

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry
from homeassistant.helpers.device_registry import DeviceEntry, DeviceEntryType

from .const import DOMAIN, MANUFACTURER
from .coordinator import HubCoordinator
from .models import Toy

Identifier = tuple[str, str]


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
def sync(hass: HomeAssistant, coordinator: HubCoordinator) -> None:
    registry = device_registry.async_get(hass)
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
            model=(toy.body.hardware if toy.body else "") or "Toy",
            name=toy.name,
            sw_version=(toy.body.firmware if toy.body else "") or None,
        )
        known.add(device.id)
        # The one way to say it that no version lacks or calls outdated.
        if device.via_device_id != hub.id:
            registry.async_update_device(device.id, via_device_id=hub.id)
    for device in device_registry.async_entries_for_config_entry(registry, entry_id):
        if device.id not in known:
            registry.async_remove_device(device.id)
