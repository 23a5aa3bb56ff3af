"""What only 2024.3 has, or allows its tests: one agent for all toys, names that are resolved."""

import pytest
from asking import answer, begin, talk
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from stub_hub import StubHub


async def test_one_toy_is_the_agent_and_another_can_be_chosen(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    assert await async_setup_component(hass, "conversation", {})
    told = await talk(hass, connected.entry_id)
    assert told["response"]["speech"]["plain"]["speech"] == "Dino heard hello"
    form = await hass.config_entries.options.async_init(connected.entry_id)
    done = await hass.config_entries.options.async_configure(
        form["flow_id"], {"agent_toy": "teddy"}
    )
    assert done["data"] == {"agent_toy": "teddy"}
    told = await talk(hass, connected.entry_id)
    assert told["response"]["speech"]["plain"]["speech"] == "Teddy heard hello"
    assert told["conversation_id"] == "talk-1"


async def test_nothing_can_be_chosen_while_the_hub_is_away(
    hass: HomeAssistant, hub: StubHub, entry: MockConfigEntry
) -> None:
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert form["reason"] == "hub_away"


@pytest.mark.parametrize("host", [".", "x" * 300, "http://127.0.0.1", "no such name"])
async def test_what_is_no_address_can_be_corrected(
    hass: HomeAssistant, hub: StubHub, host: str
) -> None:
    form = await answer(hass, await begin(hass, "user"), host=host, port=hub.port)
    assert form["errors"] == {"base": "cannot_connect"}
    form = await answer(hass, form, host="127.0.0.1", port=hub.port)
    assert form["step_id"] == "token"
