"""Adding a hub by hand and by discovery, another token, another address."""

from collections.abc import AsyncIterator
from ipaddress import ip_address
from typing import Any

import pytest
from asking import answer, begin, shown_fingerprint
from conftest import entry_data
from homeassistant import config_entries
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry
from stub_hub import HUB_ID, TOKEN, Certificate, StubHub

try:
    from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
except ImportError:  # 2024.3
    from homeassistant.components.zeroconf import ZeroconfServiceInfo


def announced(hub: StubHub, at: str = "127.0.0.1", **changed: str) -> ZeroconfServiceInfo:
    """As this version of Home Assistant tells of what it found."""
    assert hub.certificate is not None
    told = {"id": HUB_ID, "fp": hub.certificate.fingerprint, "api": "1", "version": "0.1.0"}
    return ZeroconfServiceInfo(
        ip_address=ip_address(at),
        ip_addresses=[ip_address(at)],
        port=hub.port,
        hostname="hub.local.",
        type="_pommai-hub._tcp.local.",
        name=f"pommai-{HUB_ID}._pommai-hub._tcp.local.",
        properties=told | {"name": "Pommai"} | changed,
    )


@pytest.fixture(autouse=True)
async def unloaded(hass: HomeAssistant) -> AsyncIterator[None]:
    """What a flow added goes again."""
    yield
    for entry in hass.config_entries.async_entries("pommai"):
        await hass.config_entries.async_unload(entry.entry_id)


async def test_a_hub_is_added_by_its_address_and_a_token(hass: HomeAssistant, hub: StubHub) -> None:
    form = await begin(hass, "user")
    assert form["step_id"] == "user"
    form = await answer(hass, form, host=" 127.0.0.1 ", port=hub.port)
    assert form["step_id"] == "token"
    assert hub.certificate is not None
    assert shown_fingerprint(form) == hub.certificate.fingerprint
    assert hub.asked == []
    done = await answer(hass, form, token=f" {TOKEN[:20]}\n{TOKEN[20:]} ")
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["title"] == "Pommai"
    assert done["data"] == entry_data(hub)
    assert done["result"].unique_id == HUB_ID
    await hass.async_block_till_done()
    assert hass.states.get("sensor.teddy_state") is not None


async def test_a_hub_is_added_by_discovery_in_two_steps(hass: HomeAssistant, hub: StubHub) -> None:
    form = await begin(hass, "zeroconf", announced(hub))
    assert form["step_id"] == "token"
    (progress,) = hass.config_entries.flow.async_progress()
    assert progress["context"]["title_placeholders"] == {"name": "Pommai (127.0.0.1)"}
    done = await answer(hass, form, token=TOKEN)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["data"] == entry_data(hub)


async def test_a_hub_on_this_computer_may_be_plain_http(hass: HomeAssistant) -> None:
    plain = StubHub(None)
    await plain.start()
    form = await answer(hass, await begin(hass, "user"), host="127.0.0.1", port=plain.port)
    assert form["step_id"] == "token"
    done = await answer(hass, form, token=TOKEN)
    assert done["data"] == entry_data(plain)
    assert done["data"]["fingerprint"] is None
    await hass.async_block_till_done()
    await plain.stop()


async def test_an_announcement_with_another_certificate_gets_no_token(
    hass: HomeAssistant, hub: StubHub, other_certificate: Certificate
) -> None:
    form = await begin(hass, "zeroconf", announced(hub, fp=other_certificate.fingerprint))
    form = await answer(hass, form, token=TOKEN)
    assert form["errors"] == {"base": "fingerprint_changed"}
    assert hub.asked == []


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        ({"token": "pommai_other"}, "unauthorized"),
        ({"api": 2}, "hub_too_new"),
        ({"api": 0}, "hub_too_old"),
        ({"scopes": ["alerts"]}, "missing_scope"),
        ({"refuse": {"hub": (429, "slow_down")}}, "slow_down"),
        ({"refuse": {"hub": (500, "oops")}}, "cannot_connect"),
        ({"id": "f" * 32}, "wrong_hub"),
    ],
)
async def test_what_is_wrong_is_said_and_can_be_put_right(
    hass: HomeAssistant, hub: StubHub, broken: dict[str, Any], error: str
) -> None:
    form = await begin(hass, "zeroconf", announced(hub))
    good = {name: getattr(hub, name) for name in broken}
    for name, value in broken.items():
        setattr(hub, name, value)
    form = await answer(hass, form, token=TOKEN)
    assert form["errors"] == {"base": error}
    for name, value in good.items():
        setattr(hub, name, value)
    done = await answer(hass, form, token=TOKEN)
    assert done["type"] is FlowResultType.CREATE_ENTRY


async def test_an_address_where_nobody_is_can_be_corrected(
    hass: HomeAssistant, hub: StubHub
) -> None:
    port = hub.port
    await hub.stop()
    form = await answer(hass, await begin(hass, "user"), host="127.0.0.1", port=port)
    assert form["step_id"] == "user"
    assert form["errors"] == {"base": "cannot_connect"}
    await hub.start()
    form = await answer(hass, form, host="127.0.0.1", port=port)
    assert form["step_id"] == "token"


async def test_what_is_no_hub_is_not_taken_for_one(hass: HomeAssistant, hub: StubHub) -> None:
    for wrong in ({"id": ""}, {"fp": "zz"}):
        found = await begin(hass, "zeroconf", announced(hub, **wrong))
        assert found["reason"] == "hub_odd"
    found = await begin(hass, "zeroconf", announced(hub, api="2"))
    assert found["reason"] == "other_api"


async def test_a_hub_is_added_once(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    form = await answer(hass, await begin(hass, "user"), host="127.0.0.1", port=hub.port)
    done = await answer(hass, form, token=TOKEN)
    assert done["reason"] == "already_configured"
    again = await begin(hass, "zeroconf", announced(hub))
    assert again["reason"] == "already_configured"


async def test_a_hub_that_moved_is_found_at_its_new_address(
    hass: HomeAssistant, hub: StubHub, entry: MockConfigEntry
) -> None:
    hub.port = 0
    await hub.restart()
    assert entry.data["port"] != hub.port
    found = await begin(hass, "zeroconf", announced(hub))
    assert found["reason"] == "already_configured"
    assert dict(entry.data) == entry_data(hub)


async def test_an_impostor_of_a_known_hub_moves_nothing(
    hass: HomeAssistant, hub: StubHub, entry: MockConfigEntry, other_certificate: Certificate
) -> None:
    before = dict(entry.data)
    await hub.stop()
    hub.port, hub.certificate = 0, other_certificate
    await hub.start()
    for fingerprint in (other_certificate.fingerprint, entry.data["fingerprint"]):
        impostor = announced(hub, fp=fingerprint)
        assert (await begin(hass, "zeroconf", impostor))["reason"] == "already_configured"
        assert dict(entry.data) == before
    await hub.stop()
    nobody = announced(hub, fp=entry.data["fingerprint"])
    assert (await begin(hass, "zeroconf", nobody))["reason"] == "already_configured"
    assert dict(entry.data) == before


def source_of(entry: MockConfigEntry) -> dict[str, Any]:
    return {"entry_id": entry.entry_id, "unique_id": entry.unique_id}


async def test_a_new_token_takes_the_place_of_a_revoked_one(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    new = "pommai_" + "b" * 43
    hub.token = new
    form = await begin(hass, "reauth", dict(connected.data), **source_of(connected))
    assert form["step_id"] == "reauth_confirm"
    form = await answer(hass, form, token=TOKEN)
    assert form["errors"] == {"base": "unauthorized"}
    done = await answer(hass, form, token=new)
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert dict(connected.data) == entry_data(hub, token=new)
    assert connected.state is config_entries.ConfigEntryState.LOADED


async def test_the_token_of_another_hub_is_not_taken(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    form = await begin(hass, "reauth", dict(connected.data), **source_of(connected))
    hub.id = "f" * 32
    form = await answer(hass, form, token=TOKEN)
    assert form["errors"] == {"base": "wrong_hub"}
    assert dict(connected.data) == entry_data(hub)


async def test_the_address_can_be_changed(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    await hub.stop()
    hub.port = 0
    await hub.start()
    form = await begin(hass, "reconfigure", **source_of(connected))
    assert form["step_id"] == "reconfigure"
    done = await answer(hass, form, host="127.0.0.1", port=hub.port)
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert dict(connected.data) == entry_data(hub)


async def test_a_new_address_with_a_new_certificate_is_compared_first(
    hass: HomeAssistant,
    hub: StubHub,
    connected: MockConfigEntry,
    other_certificate: Certificate,
) -> None:
    await hub.stop()
    hub.port, hub.certificate = 0, other_certificate
    await hub.start()
    hub.asked.clear()
    form = await begin(hass, "reconfigure", **source_of(connected))
    form = await answer(hass, form, host="127.0.0.1", port=hub.port)
    assert form["step_id"] == "reconfigure_trust"
    assert shown_fingerprint(form) == other_certificate.fingerprint
    assert hub.asked == []
    done = await answer(hass, form)
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert connected.data["fingerprint"] == other_certificate.fingerprint


async def test_a_new_address_of_another_hub_changes_nothing(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    before = dict(connected.data)
    hub.id = "f" * 32
    form = await begin(hass, "reconfigure", **source_of(connected))
    form = await answer(hass, form, host="127.0.0.1", port=hub.port)
    assert form["errors"] == {"base": "wrong_hub"}
    assert dict(connected.data) == before
