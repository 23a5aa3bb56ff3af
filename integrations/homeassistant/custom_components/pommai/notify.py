"""A toy as something to send a message to: it speaks it, once the guard agreed. 2024.3 has no such entities."""

from __future__ import annotations

from homeassistant.components.notify import NotifyEntity

from .const import SCOPE_SPEAK
from .entity import ToyEntity, for_toys

PARALLEL_UPDATES = 0


class SpokenMessage(ToyEntity, NotifyEntity):
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        await self.coordinator.say(self.toy, message)


async_setup_entry = for_toys(lambda hub, toy: [SpokenMessage(hub, toy, "say")], SCOPE_SPEAK)
