"""Each toy as a conversation agent. 2024.3 has no such entities: `agent.LegacyAgent` stands in."""

from __future__ import annotations

from collections.abc import Iterator

from homeassistant.components.conversation import (
    ConversationEntity,
    ConversationInput,
    ConversationResult,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .agent import answer
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
    yield ToyAgent(coordinator, toy, "talk")


class ToyAgent(ToyEntity, ConversationEntity):
    @property
    def supported_languages(self) -> list[str]:
        return [self.toy.language]

    async def async_process(self, user_input: ConversationInput) -> ConversationResult:
        return await answer(self.coordinator, self.toy, user_input)
