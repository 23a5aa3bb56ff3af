"""What Home Assistant shows of a household, and what its switches do there."""

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry


def state(hass: HomeAssistant, entity_id: str) -> str:
    found = hass.states.get(entity_id)
    assert found is not None, f"{entity_id}: there are {sorted(hass.states.async_entity_ids())}"
    return found.state


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
