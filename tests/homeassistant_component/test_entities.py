"""What Home Assistant shows of a household, and what its switches do there."""

from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from pytest_homeassistant_custom_component.common import MockConfigEntry
from seeing import changed, state
from stub_hub import StubHub


async def call(hass: HomeAssistant, service: str, entity_id: str, **data: Any) -> None:
    domain, name = service.split(".")
    await hass.services.async_call(domain, name, {"entity_id": entity_id} | data, blocking=True)


async def test_a_toy_shows_its_state(hass: HomeAssistant, connected: MockConfigEntry) -> None:
    assert state(hass, "sensor.teddy_state") == "online"
    assert state(hass, "sensor.dino_state") == "no_device"
    assert state(hass, "sensor.teddy_last_active") == "2026-03-01T17:30:00+00:00"
    assert state(hass, "sensor.dino_last_active") == "unknown"
    assert state(hass, "sensor.teddy_minutes_today") == "12.2"
    assert state(hass, "sensor.teddy_safety_level") == "strict"
    assert state(hass, "switch.teddy_pause") == "off"
    assert state(hass, "switch.teddy_microphone_mute") == "off"
    assert state(hass, "number.teddy_volume") == "40"


async def test_the_household_shows_its_state(
    hass: HomeAssistant, connected: MockConfigEntry
) -> None:
    assert state(hass, "binary_sensor.pommai_stopped") == "off"
    assert state(hass, "binary_sensor.pommai_guard") == "off"
    assert state(hass, "switch.pommai_quiet_mode") == "off"
    assert state(hass, "button.pommai_emergency_stop") == "unknown"
    assert state(hass, "event.pommai_alert") == "unknown"


async def test_what_the_hub_pushes_is_shown(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    hub.toys[0] |= {"state": "speaking", "paused": True, "minutes_today": 13}
    hub.household |= {"guard": {"ok": False, "impaired": ["openai"]}}
    await hub.tell_all()
    await changed(hass, "sensor.teddy_state", "speaking")
    await changed(hass, "binary_sensor.pommai_guard", "on")
    assert state(hass, "switch.teddy_pause") == "on"
    assert state(hass, "sensor.teddy_minutes_today") == "13.0"
    guard = hass.states.get("binary_sensor.pommai_guard")
    assert guard is not None
    assert guard.attributes["impaired"] == ["openai"]


async def test_a_state_of_a_newer_hub_is_unknown(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    hub.toys[0] |= {"state": "dreaming", "safety_level": "softest", "mood": "new"}
    await hub.tell_all()
    await changed(hass, "sensor.teddy_state", "unknown")
    assert state(hass, "sensor.teddy_safety_level") == "unknown"


async def test_a_toy_is_paused_and_goes_on(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    await call(hass, "switch.turn_on", "switch.teddy_pause")
    assert hub.asked[-1] == ("PATCH", "toys/teddy", {"paused": True})
    assert state(hass, "switch.teddy_pause") == "on"
    await call(hass, "switch.turn_off", "switch.teddy_pause")
    assert hub.asked[-1] == ("PATCH", "toys/teddy", {"paused": False})
    assert state(hass, "switch.teddy_pause") == "off"


async def test_a_microphone_is_muted_and_heard_again(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    await call(hass, "switch.turn_on", "switch.teddy_microphone_mute")
    assert hub.asked[-1] == ("PATCH", "toys/teddy", {"muted": True})
    assert state(hass, "switch.teddy_microphone_mute") == "on"
    await call(hass, "switch.turn_off", "switch.teddy_microphone_mute")
    assert hub.asked[-1] == ("PATCH", "toys/teddy", {"muted": False})


async def test_the_volume_goes_up_to_the_cap_and_no_further(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    await call(hass, "number.set_value", "number.teddy_volume", value=60)
    assert hub.asked[-1] == ("PATCH", "toys/teddy", {"volume": 60})
    assert state(hass, "number.teddy_volume") == "60"
    asked = len(hub.asked)
    with pytest.raises((ValueError, HomeAssistantError), match="61"):
        await call(hass, "number.set_value", "number.teddy_volume", value=61)
    assert len(hub.asked) == asked


async def test_volume_and_mute_are_there_only_where_they_can_be_set(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    assert hass.states.get("number.dino_volume") is None
    assert hass.states.get("switch.dino_microphone_mute") is None
    hub.toys[1]["device"] = dict(hub.toys[0]["device"], volume=10, volume_cap=None)
    hub.toys[0]["device"] = None
    await hub.tell_all()
    await changed(hass, "number.teddy_volume", "unavailable")
    assert state(hass, "switch.teddy_microphone_mute") == "unavailable"
    await changed(hass, "number.dino_volume", "10")
    volume = hass.states.get("number.dino_volume")
    assert volume is not None
    assert volume.attributes["max"] == 100


async def test_quiet_mode_is_switched(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    await call(hass, "switch.turn_on", "switch.pommai_quiet_mode")
    assert hub.asked[-1] == ("PUT", "household/quiet", {"on": True})
    assert state(hass, "switch.pommai_quiet_mode") == "on"
    await call(hass, "switch.turn_off", "switch.pommai_quiet_mode")
    assert state(hass, "switch.pommai_quiet_mode") == "off"


async def test_the_emergency_stop_stops_the_household(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    await call(hass, "button.press", "button.pommai_emergency_stop")
    assert hub.asked[-1] == ("POST", "household/stop", {"reason": "Home Assistant"})
    assert state(hass, "binary_sensor.pommai_stopped") == "on"


async def test_what_the_hub_refuses_is_an_error_with_a_translation(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    hub.refuse["toys/teddy"] = (409, "conflict")
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "switch.turn_on", "switch.teddy_pause")
    assert raised.value.translation_key == "conflict"
    assert raised.value.translation_placeholders is not None
    assert raised.value.translation_placeholders["toy"] == "Teddy"
    assert "Teddy" in str(raised.value)
    assert state(hass, "switch.teddy_pause") == "off"


async def test_a_token_for_looking_only_makes_nothing_to_press(
    hass: HomeAssistant, hub: StubHub, entry: MockConfigEntry
) -> None:
    hub.scopes = ["state"]
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    domains = {entity_id.split(".")[0] for entity_id in hass.states.async_entity_ids()}
    assert domains & {"switch", "button", "number", "event", "notify"} == set()
    assert {"sensor", "binary_sensor"} <= domains
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_no_word_of_a_child_is_kept_by_home_assistant(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry, caplog: Any
) -> None:
    hub.toys[0] |= {"state_detail": "the child said xylophone", "last_words": "xylophone"}
    hub.household |= {"stop_reason": "xylophone", "problems": ["xylophone"]}
    hub.toys[0]["paused"] = True
    await hub.tell_all()
    await changed(hass, "switch.teddy_pause", "on")
    shown = [str(one.as_dict()) for one in hass.states.async_all()]
    assert "xylophone" not in " ".join(shown) + caplog.text
