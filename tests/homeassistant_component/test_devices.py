"""The hub and its toys as devices; diagnostics; leaving without a trace."""

import json
from typing import Any

from custom_components.pommai import async_remove_config_entry_device
from custom_components.pommai.diagnostics import async_get_config_entry_diagnostics
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry
from pytest_homeassistant_custom_component.common import MockConfigEntry
from seeing import changed, device, state
from stub_hub import HUB_ID, TEDDY, TOKEN, StubHub


async def test_a_toy_is_a_device_behind_its_hub(
    hass: HomeAssistant, connected: MockConfigEntry
) -> None:
    hub = device(hass, HUB_ID)
    teddy = device(hass, f"{HUB_ID}_teddy")
    assert hub is not None
    assert teddy is not None
    assert (hub.name, hub.sw_version) == ("Pommai", "0.1.0")
    assert (teddy.name, teddy.model) == ("Teddy", "Raspberry Pi Zero 2 W")
    assert teddy.via_device_id == hub.id


async def test_a_new_toy_gets_its_entities_and_a_gone_one_loses_them(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    hub.toys.append(TEDDY | {"id": "owl", "name": "Owl"})
    await hub.tell_all()
    await changed(hass, "sensor.owl_state", "online")
    assert state(hass, "number.owl_volume") == "40"
    del hub.toys[0]
    await hub.tell_all()
    await changed(hass, "sensor.owl_state", "online")
    hub.household["quiet"] = True
    await hub.tell_all()
    await changed(hass, "switch.pommai_quiet_mode", "on")
    await hass.async_block_till_done()
    assert device(hass, f"{HUB_ID}_teddy") is None
    assert hass.states.get("sensor.teddy_state") is None


async def test_a_toy_that_comes_back_has_its_entities_again(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    teddy = hub.toys.pop(0)
    hub.household["quiet"] = True
    await hub.tell_all()
    await changed(hass, "switch.pommai_quiet_mode", "on")
    await hub.tell("toys", {"toys": hub.toys})
    hub.toys.append(teddy)
    hub.household["quiet"] = False
    await hub.tell("toys", {"toys": hub.toys})
    await hub.tell_all()
    await changed(hass, "sensor.teddy_state", "online")


async def test_a_toy_with_a_new_name_is_the_same_device(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    before = device(hass, f"{HUB_ID}_teddy")
    hub.toys[0] |= {"name": "Ted", "state": "listening"}
    await hub.tell_all()
    await changed(hass, "sensor.teddy_state", "listening")
    after = device(hass, f"{HUB_ID}_teddy")
    assert before is not None
    assert after is not None
    assert (after.id, after.name) == (before.id, "Ted")


async def test_only_a_toy_that_the_hub_does_not_have_can_be_removed_by_hand(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    hub_device, teddy = device(hass, HUB_ID), device(hass, f"{HUB_ID}_teddy")
    assert hub_device is not None
    assert teddy is not None
    assert not await async_remove_config_entry_device(hass, connected, hub_device)
    assert not await async_remove_config_entry_device(hass, connected, teddy)
    registry = device_registry.async_get(hass)
    stray = registry.async_get_or_create(
        config_entry_id=connected.entry_id, identifiers={("pommai", f"{HUB_ID}_gone")}
    )
    assert await async_remove_config_entry_device(hass, connected, stray)


async def test_no_device_is_removed_by_hand_while_the_hub_was_never_there(
    hass: HomeAssistant, hub: StubHub, entry: MockConfigEntry
) -> None:
    await hub.stop()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    stray = device_registry.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("pommai", f"{HUB_ID}_gone")}
    )
    assert not await async_remove_config_entry_device(hass, entry, stray)


async def test_diagnostics_name_nobody_and_no_place(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    told = await async_get_config_entry_diagnostics(hass, connected)
    text = json.dumps(told)
    assert hub.certificate is not None
    for secret in (TOKEN, "127.0.0.1", hub.certificate.fingerprint, HUB_ID, "Teddy", "Dino"):
        assert secret not in text
    assert "2026-03-01" not in text
    assert told["hub"]["api"] == 1
    assert told["connection"]["connected"] is True
    assert [toy["state"] for toy in told["toys"]] == ["online", "none"]
    assert told["toys"][0]["device"]["volume_cap"] == 60


async def test_an_entry_is_unloaded_and_loaded_again(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    assert await hass.config_entries.async_reload(connected.entry_id)
    await hass.async_block_till_done()
    assert connected.state is ConfigEntryState.LOADED
    assert state(hass, "sensor.teddy_state") == "online"
    assert await hass.config_entries.async_unload(connected.entry_id)
    assert state(hass, "sensor.teddy_state") == "unavailable"


async def test_a_removed_entry_leaves_nothing_behind(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    await hass.config_entries.async_reload(connected.entry_id)
    key = f"pommai.{connected.entry_id}"
    assert key in hass_storage
    await hass.config_entries.async_remove(connected.entry_id)
    await hass.async_block_till_done()
    assert key not in hass_storage
    assert device(hass, HUB_ID) is None
