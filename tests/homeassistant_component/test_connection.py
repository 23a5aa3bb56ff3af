"""The line to the hub: who is at its other end, and what happens when it breaks."""

import asyncio
import json
from typing import Any

import pytest
from conftest import entry_data
from custom_components.pommai import coordinator
from custom_components.pommai.coordinator import client_for
from custom_components.pommai.errors import HubOddError, NotEncryptedError
from custom_components.pommai.hub_client import Event, EventReader, parsed
from custom_components.pommai.models import Alert, toys_from_json
from custom_components.pommai.repairs import async_create_fix_flow
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry
from pytest_homeassistant_custom_component.common import MockConfigEntry
from seeing import PATIENCE_S, changed, state
from stub_hub import HUB_ID, Certificate, StubHub, alert


def issue(hass: HomeAssistant, key: str, entry: MockConfigEntry) -> Any:
    registry = issue_registry.async_get(hass)
    return registry.async_get_issue("pommai", f"{key}_{entry.entry_id}")


def reauth_flows(hass: HomeAssistant) -> list[Any]:
    return [one for one in hass.config_entries.flow.async_progress() if one["handler"] == "pommai"]


async def reauth_begins(hass: HomeAssistant) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not reauth_flows(hass):
            await asyncio.sleep(0.01)
    assert reauth_flows(hass)[0]["context"]["source"] == "reauth"


async def test_a_hub_that_goes_away_is_unavailable_and_comes_back(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    await hub.stop()
    await changed(hass, "sensor.teddy_state", "unavailable")
    assert state(hass, "switch.pommai_quiet_mode") == "unavailable"
    async with asyncio.timeout(PATIENCE_S):
        while connected.runtime_data.reconnects < 3:  # type: ignore[attr-defined]  # newer than 2024.3
            await asyncio.sleep(0.01)
    hub.toys[0]["state"] = "listening"
    await hub.start()
    await changed(hass, "sensor.teddy_state", "listening")
    lines = [line.getMessage() for line in caplog.records if "pommai" in line.name]
    assert len([line for line in lines if "Error requesting Pommai" in line]) == 1
    assert len([line for line in lines if "is back" in line]) == 1


async def test_an_alert_while_the_hub_was_out_of_reach_is_told_later(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    await hub.stop()
    await changed(hass, "sensor.teddy_state", "unavailable")
    hub.alerts.append(alert(7, title="missed"))
    await hub.start()
    await changed(hass, "sensor.teddy_state", "online")
    async with asyncio.timeout(PATIENCE_S):
        while hass.states.get("event.pommai_alert").attributes.get("title") != "missed":  # type: ignore[union-attr]  # it is there
            await asyncio.sleep(0.01)


async def test_a_fault_of_our_own_shows_as_unavailable_and_in_the_log(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(told: Alert) -> None:
        raise ZeroDivisionError

    connected.runtime_data.async_on_alert(fails)  # type: ignore[attr-defined]  # newer than 2024.3
    await hub.raise_alert(alert(1))
    await changed(hass, "sensor.teddy_state", "unavailable")
    assert "no longer followed" in caplog.text


async def test_the_waits_between_tries_grow_to_a_minute(
    hass: HomeAssistant, hub: StubHub, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    enough = asyncio.Event()

    async def note(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 9:
            enough.set()
            await asyncio.Event().wait()

    monkeypatch.setattr(coordinator, "sleep", note)
    monkeypatch.setattr(coordinator, "FIRST_WAIT_S", 1.0)
    monkeypatch.setattr(coordinator, "MAX_WAIT_S", 60.0)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hub.followed()
    await hub.stop()
    async with asyncio.timeout(PATIENCE_S):
        await enough.wait()
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_hub_that_is_away_at_the_start_is_tried_again(
    hass: HomeAssistant, hub: StubHub, entry: MockConfigEntry
) -> None:
    await hub.stop()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await hub.start()
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_token_revoked_at_the_start_asks_for_a_new_one(
    hass: HomeAssistant, hub: StubHub, entry: MockConfigEntry
) -> None:
    hub.token = "pommai_another"
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    await reauth_begins(hass)


async def test_a_token_revoked_later_asks_for_a_new_one(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    hub.token = "pommai_another"
    hub.cut()
    await changed(hass, "sensor.teddy_state", "unavailable")
    await reauth_begins(hass)


async def test_a_changed_certificate_gets_no_token_and_an_issue_that_a_person_can_fix(
    hass: HomeAssistant,
    hub: StubHub,
    connected: MockConfigEntry,
    other_certificate: Certificate,
) -> None:
    trusted = connected.data["fingerprint"]
    await hub.stop()
    hub.certificate = other_certificate
    hub.asked.clear()
    await hub.start()
    async with asyncio.timeout(PATIENCE_S):
        while issue(hass, "fingerprint_changed", connected) is None:
            await asyncio.sleep(0.01)
    assert hub.asked == []
    assert state(hass, "sensor.teddy_state") == "unavailable"
    found = issue(hass, "fingerprint_changed", connected)
    assert found.is_fixable

    flow = await async_create_fix_flow(hass, found.issue_id, found.data)
    flow.hass = hass
    form: Any = await flow.async_step_init()
    assert form["step_id"] == "confirm"
    assert other_certificate.fingerprint[:2].upper() in form["description_placeholders"]["shown"]
    assert connected.data["fingerprint"] == trusted
    await flow.async_step_confirm({})
    await hass.async_block_till_done()
    assert connected.data["fingerprint"] == other_certificate.fingerprint
    await hub.followed()
    assert state(hass, "sensor.teddy_state") == "online"
    assert issue(hass, "fingerprint_changed", connected) is None


@pytest.mark.parametrize(("api", "key"), [(0, "hub_too_old"), (2, "hub_too_new")])
async def test_a_hub_of_another_api_is_an_issue_until_it_fits(
    hass: HomeAssistant, hub: StubHub, entry: MockConfigEntry, api: int, key: str
) -> None:
    hub.api = api
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert issue(hass, key, entry) is not None
    hub.api = 1
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert issue(hass, key, entry) is None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_another_hub_at_the_address_is_not_taken_for_ours(
    hass: HomeAssistant, hub: StubHub, entry: MockConfigEntry
) -> None:
    hub.id = "f" * 32
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY


async def test_plain_http_is_for_this_computer_only(hass: HomeAssistant) -> None:

    plain = StubHub(None)
    await plain.start()
    try:
        data = entry_data(plain)
        assert (await client_for(hass, data).hub()).id == HUB_ID
        with pytest.raises(NotEncryptedError):
            client_for(hass, data | {"host": "192.0.2.1"})
    finally:
        await plain.stop()


@pytest.mark.parametrize(
    "told",
    [b"", b"[]", b'{"toys": 1}', b'{"toys": [{}]}', b"\xff", b'{"toys": ' + b"[" * 100_000],
    ids=["empty", "a list", "no list", "no toy", "no text", "deep"],
)
async def test_an_answer_that_makes_no_sense_is_one_error(told: bytes) -> None:

    with pytest.raises(HubOddError):
        parsed(toys_from_json, told)


async def test_an_answer_without_an_end_is_given_up(
    hass: HomeAssistant, hub: StubHub, entry: MockConfigEntry
) -> None:
    hub.toys[0]["name"] = "x" * (1024 * 1024)
    with pytest.raises(HubOddError, match="too long"):
        await client_for(hass, entry.data).toys()


async def test_a_server_that_is_no_hub_is_not_one(
    hass: HomeAssistant, hub: StubHub, entry: MockConfigEntry
) -> None:
    client = client_for(hass, entry.data)
    hub.html_for = "toys"
    with pytest.raises(HubOddError, match="no /api/v1"):
        await client.toys()


def test_events_are_read_from_pieces_of_any_size() -> None:
    lines = 'id: 4\nevent: toys\ndata: {"a":\ndata: "ä"}\n\n: a comment\n\nevent: beat\ndata:\n\n'
    raw = lines.replace("\n", "\r\n").encode()
    for size in range(1, 20):
        reader = EventReader()
        found = [
            event
            for start in range(0, len(raw), size)
            for event in reader.feed(raw[start : start + size])
        ]
        assert found == [Event("toys", '{"a":\n"ä"}', "4"), Event("beat", "", "4")]
        assert json.loads(found[0].data) == {"a": "ä"}


@pytest.mark.parametrize("piece", [b"data: " + b"x" * 60_000 + b"\n", b"x" * 60_000])
def test_an_endless_event_is_given_up(piece: bytes) -> None:
    reader = EventReader()

    def feed_a_megabyte() -> None:
        for _ in range(20):
            reader.feed(piece)

    with pytest.raises(HubOddError):
        feed_a_megabyte()
