"""A toy as something to send a message to: it speaks it, once the guard agreed. 2024.3 has no such entities."""

from __future__ import annotations

from collections.abc import Iterator

from homeassistant.components.notify import NotifyEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .const import SCOPE_SPEAK
from .coordinator import HubCoordinator
from .entity import ToyEntity, add_for_toys
from .models import Toy

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddEntitiesCallback
) -> None:
    add_for_toys(entry, async_add_entities, _made, SCOPE_SPEAK)


def _made(coordinator: HubCoordinator, toy: Toy) -> Iterator[ToyEntity]:
    yield SpokenMessage(coordinator, toy, "say")


class SpokenMessage(ToyEntity, NotifyEntity):
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        await self.coordinator.say(self.toy, message)
