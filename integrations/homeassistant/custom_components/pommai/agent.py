"""A talk with a toy in writing, as Assist holds it; each turn goes through the hub's guard, both ways."""

from __future__ import annotations

from homeassistant.components import conversation
from homeassistant.components.conversation import ConversationInput, ConversationResult
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent, translation

from .const import CONF_AGENT_TOY, DOMAIN
from .coordinator import HubCoordinator
from .errors import MESSAGES, HubError
from .models import Toy


async def answer(
    coordinator: HubCoordinator, toy: Toy | None, user_input: ConversationInput
) -> ConversationResult:
    """The toy's reply; why there is none is said in the language of who asked."""
    response = intent.IntentResponse(language=user_input.language)
    talk = user_input.conversation_id
    refusal = None if toy else "no_toy"
    if toy:
        try:
            reply = await coordinator.client.converse(toy.id, user_input.text)
        except HubError as error:
            refusal = error.code
        else:
            # The hub has one talk at a time with a toy, and joins it to the last by itself.
            talk = talk or reply.conversation_id
            response.async_set_speech(reply.text)
    if refusal:
        name = toy.name if toy else ""
        text = await _translated(coordinator.hass, user_input.language, refusal, name)
        response.async_set_error(intent.IntentResponseErrorCode.FAILED_TO_HANDLE, text)
    return ConversationResult(response=response, conversation_id=talk)


async def _translated(hass: HomeAssistant, language: str, code: str, toy: str) -> str:
    """One of the translated exceptions; any that is not known is a hub that does not answer."""
    key = code if code in MESSAGES and code != "failed" else "hub_away"
    texts = await translation.async_get_translations(hass, language, "exceptions", {DOMAIN})
    text = texts.get(f"component.{DOMAIN}.exceptions.{key}.message", MESSAGES[key])
    return text.format(toy=toy, reason=code)


class LegacyAgent(conversation.AbstractConversationAgent):
    """The one agent that 2024.3 gives an entry: the toy that was chosen in the entry's options."""

    def __init__(self, entry: ConfigEntry, coordinator: HubCoordinator) -> None:
        self._entry = entry
        self._coordinator = coordinator

    @property
    def supported_languages(self) -> list[str]:
        toy = self._toy()
        return [toy.language] if toy else []

    async def async_process(self, user_input: ConversationInput) -> ConversationResult:
        return await answer(self._coordinator, self._toy(), user_input)

    def _toy(self) -> Toy | None:
        toys = self._coordinator.data.toys
        chosen = toys.get(self._entry.options.get(CONF_AGENT_TOY, ""))
        return chosen or min(toys.values(), key=lambda toy: (toy.name, toy.id), default=None)
