"""What toys are made to say, and what they answer in Assist."""

from types import SimpleNamespace
from typing import Any

import pytest
from asking import said, talk
from custom_components.pommai.agent import answer
from custom_components.pommai.config_flow import PommaiConfigFlow
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import area_registry, device_registry
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from seeing import device
from stub_hub import HUB_ID, StubHub
from versions import HAS_AN_AGENT_FOR_EACH_TOY


def device_id(hass: HomeAssistant, toy: str) -> str:
    found = device(hass, f"{HUB_ID}_{toy}")
    assert found is not None
    return found.id


async def say(hass: HomeAssistant, text: str = "Dinner!", **target: Any) -> None:
    await hass.services.async_call("pommai", "say", {"text": text} | target, blocking=True)


async def test_a_toy_is_made_to_say_something_by_its_device(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    await say(hass, device_id=device_id(hass, "teddy"))
    assert said(hub) == [("toys/teddy/say", {"text": "Dinner!"})]


async def test_a_toy_is_made_to_say_something_by_one_of_its_entities(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    await say(hass, entity_id=["sensor.dino_state", "switch.dino_pause"])
    assert said(hub) == [("toys/dino/say", {"text": "Dinner!"})]


async def test_every_toy_of_an_area_says_it(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    area = area_registry.async_get(hass).async_create("Nursery")
    for toy in ("teddy", "dino"):
        device_registry.async_get(hass).async_update_device(device_id(hass, toy), area_id=area.id)
    await say(hass, area_id=area.id)
    assert sorted(path for path, _ in said(hub)) == ["toys/dino/say", "toys/teddy/say"]


async def test_something_that_is_no_toy_says_nothing(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await say(hass, entity_id="switch.pommai_quiet_mode")
    assert raised.value.translation_key == "no_toy"
    assert said(hub) == []


async def test_nobody_speaks_while_no_hub_is_there(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    teddy = device_id(hass, "teddy")
    await hass.config_entries.async_unload(connected.entry_id)
    with pytest.raises(HomeAssistantError) as raised:
        await say(hass, device_id=teddy)
    assert raised.value.translation_key == "hub_away"


async def test_a_token_that_may_not_speak_is_told_so(
    hass: HomeAssistant, hub: StubHub, entry: MockConfigEntry
) -> None:
    hub.scopes = ["state"]
    assert await hass.config_entries.async_setup(entry.entry_id)
    with pytest.raises(HomeAssistantError) as raised:
        await say(hass, device_id=device_id(hass, "teddy"))
    assert raised.value.translation_key == "scope"
    assert said(hub) == []
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("text", ["", "   ", "x" * 501])
async def test_nothing_and_too_much_are_not_sent(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry, text: str
) -> None:
    with pytest.raises(Exception, match="length"):
        await say(hass, text, device_id=device_id(hass, "teddy"))
    assert said(hub) == []


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (422, "refused", ServiceValidationError),
        (409, "away", HomeAssistantError),
        (503, "stopped", HomeAssistantError),
        (503, "impaired", HomeAssistantError),
        (403, "scope", HomeAssistantError),
        (429, "slow_down", HomeAssistantError),
        (500, "unheard_of", HomeAssistantError),
    ],
)
async def test_why_a_toy_does_not_say_it_is_told_in_words(
    hass: HomeAssistant,
    hub: StubHub,
    connected: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    status: int,
    code: str,
    kind: type[Exception],
) -> None:
    hub.refuse["toys/teddy/say"] = (status, code)
    with pytest.raises(HomeAssistantError) as raised:
        await say(hass, "a secret", device_id=[device_id(hass, "teddy"), device_id(hass, "dino")])
    assert type(raised.value) is kind
    expected = "failed" if code == "unheard_of" else code
    assert raised.value.translation_key == expected
    assert raised.value.translation_domain == "pommai"
    assert str(raised.value)
    assert "toys/dino/say" in dict(said(hub)), "the other toy says it all the same"
    ours = [line.getMessage() for line in caplog.records if "pommai" in line.name]
    assert "a secret" not in " ".join(ours)


async def test_only_where_there_is_one_agent_can_a_toy_be_chosen(
    connected: MockConfigEntry,
) -> None:
    assert PommaiConfigFlow.async_supports_options_flow(connected) is not HAS_AN_AGENT_FOR_EACH_TOY


async def test_a_household_without_a_toy_has_nobody_to_answer(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    told = await answer(
        connected.runtime_data, None, SimpleNamespace(language="de", conversation_id=None, text="")
    )
    assert "mindestens ein Pommai-Spielzeug" in told.response.speech["plain"]["speech"]


@pytest.mark.parametrize(("status", "code"), [(503, "stopped"), (409, "paused"), (500, "else")])
async def test_a_toy_that_can_not_answer_says_why(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry, status: int, code: str
) -> None:
    assert await async_setup_component(hass, "conversation", {})
    hub.refuse["toys/dino/converse"] = (status, code)
    told = await talk(
        hass, "conversation.dino_talk" if HAS_AN_AGENT_FOR_EACH_TOY else connected.entry_id
    )
    assert told["response"]["response_type"] == "error"
    speech = told["response"]["speech"]["plain"]["speech"]
    expected = {"stopped": "emergency stop", "paused": "Dino is paused", "else": "does not answer"}
    assert expected[code] in speech


async def test_the_agent_goes_with_the_entry(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(connected.entry_id)
    await hass.async_block_till_done()
    asked = len(hub.asked)
    with pytest.raises(ValueError, match="not found"):
        await talk(hass, connected.entry_id)
    assert len(hub.asked) == asked
