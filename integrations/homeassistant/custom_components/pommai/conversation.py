"""Each toy as a conversation agent. 2024.3 has no such entities: `agent.LegacyAgent` stands in."""

from __future__ import annotations

from homeassistant.components.conversation import (
    ConversationEntity,
    ConversationInput,
    ConversationResult,
)

from .agent import answer
from .const import SCOPE_SPEAK
from .entity import ToyEntity, for_toys

PARALLEL_UPDATES = 0


class ToyAgent(ToyEntity, ConversationEntity):
    @property
    def supported_languages(self) -> list[str]:
        return [self.toy.language]

    async def async_process(self, user_input: ConversationInput) -> ConversationResult:
        return await answer(self.coordinator, self.toy, user_input)


async_setup_entry = for_toys(lambda hub, toy: [ToyAgent(hub, toy, "talk")], SCOPE_SPEAK)
