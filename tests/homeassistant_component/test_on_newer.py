"""What versions after 2024.3 have: each toy is an agent, and can be sent a message."""

from asking import said, talk
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from stub_hub import StubHub


async def test_a_message_to_a_toy_is_spoken(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    await hass.services.async_call(
        "notify",
        "send_message",
        {"entity_id": "notify.teddy_say", "message": "Dinner!"},
        blocking=True,
    )
    assert said(hub) == [("toys/teddy/say", {"text": "Dinner!"})]


async def test_each_toy_is_an_agent(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    assert await async_setup_component(hass, "conversation", {})
    for toy, name in (("teddy", "Teddy"), ("dino", "Dino")):
        told = await talk(hass, f"conversation.{toy}_talk")
        assert told["response"]["speech"]["plain"]["speech"] == f"{name} heard hello"
        assert hub.asked[-1] == ("POST", f"toys/{toy}/converse", {"text": "hello"})
