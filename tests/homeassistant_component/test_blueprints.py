"""The blueprints, made into automations as a person would, and set off by a toy or an alert."""

import asyncio
import re
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import config_validation, device_registry
from homeassistant.setup import async_setup_component
from homeassistant.util import dt
from homeassistant.util.yaml import parse_yaml
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
from seeing import PATIENCE_S, changed
from stub_hub import StubHub, alert

BLUEPRINTS = Path(__file__).parents[2] / "integrations/homeassistant/blueprints/automation/pommai"
DOCS = Path(__file__).parents[2] / "docs/home-assistant.md"
BEDTIME = "lights_dim_at_bedtime_story"
URGENT = "tell_my_phone_when_an_alert_is_urgent"


@pytest.fixture(autouse=True)
async def installed(hass: HomeAssistant, tmp_path: Path) -> None:
    """In the folder where Home Assistant looks for them."""
    hass.config.config_dir = str(tmp_path)
    shutil.copytree(BLUEPRINTS, tmp_path / "blueprints/automation/pommai")


async def automate(hass: HomeAssistant, name: str, **inputs: Any) -> None:
    config = {"use_blueprint": {"path": f"pommai/{name}.yaml", "input": inputs}}
    assert await async_setup_component(hass, "automation", {"automation": [config]})
    await hass.async_block_till_done()
    (entity_id,) = hass.states.async_entity_ids("automation")
    automation = hass.states.get(entity_id)
    assert automation is not None
    assert automation.state == "on"


async def called(calls: list[ServiceCall], count: int) -> list[ServiceCall]:
    async with asyncio.timeout(PATIENCE_S):
        while len(calls) < count:
            await asyncio.sleep(0.01)
    return calls


@pytest.fixture
def phone(hass: HomeAssistant) -> str:
    """One with the app, as the app's integration registers it."""
    app = MockConfigEntry(domain="mobile_app")
    app.add_to_hass(hass)
    device = device_registry.async_get(hass).async_get_or_create(
        config_entry_id=app.entry_id, identifiers={("mobile_app", "1")}, name="Ada's phone"
    )
    return device.id


async def test_an_urgent_alert_is_on_the_phone(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry, phone: str
) -> None:
    calls = async_mock_service(hass, "notify", "mobile_app_ada_s_phone")
    await automate(hass, URGENT, alerts="event.pommai_alert", phone=phone)
    await hub.raise_alert(alert(1, level="warning"))
    await hub.raise_alert(alert(2, count=3))
    (told,) = await called(calls, 1)
    assert told.data["title"] == "Teddy heard something grave"
    assert told.data["message"] == "Self harm, 3 times. Open the Guardian pages to read more."
    assert told.data["data"]["push"] == {"interruption-level": "critical"}


async def test_an_alert_is_not_told_again_when_the_hub_comes_back(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry, phone: str
) -> None:
    calls = async_mock_service(hass, "notify", "mobile_app_ada_s_phone")
    await automate(hass, URGENT, alerts="event.pommai_alert", phone=phone)
    await hub.raise_alert(alert(1))
    await called(calls, 1)
    await hub.stop()
    await changed(hass, "event.pommai_alert", "unavailable")
    await hub.start()
    await changed(hass, "sensor.teddy_state", "online")
    await hub.raise_alert(alert(2, title="another"))
    await called(calls, 2)
    assert [call.data["title"] for call in calls] == ["Teddy heard something grave", "another"]


@pytest.mark.parametrize("bedtime", [True, False])
async def test_the_lights_go_down_for_a_story_at_bedtime_only(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry, bedtime: bool
) -> None:
    on = async_mock_service(hass, "light", "turn_on")
    begins = dt.now() + timedelta(hours=-1 if bedtime else 1)
    await automate(
        hass,
        BEDTIME,
        toy="sensor.teddy_state",
        lights={"entity_id": "light.nursery"},
        begins=f"{begins:%H:%M:%S}",
        ends=f"{begins + timedelta(hours=2):%H:%M:%S}",
    )
    hub.toys[0]["state"] = "speaking"
    await hub.tell_all()
    await changed(hass, "sensor.teddy_state", "speaking")
    if bedtime:
        (call,) = await called(on, 1)
        assert call.data["brightness_pct"] == 15
        assert call.data["entity_id"] == ["light.nursery"]
        # It waits for silence now, longer than a test does.
        off = {"entity_id": "all", "stop_actions": True}
        await hass.services.async_call("automation", "turn_off", off, blocking=True)
    else:
        await hass.async_block_till_done()
        assert on == []


def test_what_the_docs_write_is_an_action_of_this_version() -> None:
    examples = re.findall(r"^```yaml\n(.*?)^```", DOCS.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert examples
    for example in examples:
        config_validation.SCRIPT_SCHEMA(
            parse_yaml(example.replace("device_id: ...", "device_id: a1"))
        )
