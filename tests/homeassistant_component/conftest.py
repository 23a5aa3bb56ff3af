"""A Home Assistant in memory, and beside it a hub on a real socket: see `stub_hub`."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "integrations" / "homeassistant"), str(Path(__file__).parent)]

import custom_components  # noqa: E402 - ours, before the package of the same name among the tools
from custom_components.pommai import coordinator  # noqa: E402
from homeassistant.config_entries import ConfigEntryState  # noqa: E402
from homeassistant.core import HomeAssistant  # noqa: E402
from homeassistant.setup import async_setup_component  # noqa: E402
from pytest_homeassistant_custom_component.common import MockConfigEntry  # noqa: E402
from stub_hub import HUB_ID, TOKEN, Certificate, StubHub  # noqa: E402
from versions import ANOTHER_VERSIONS_TESTS  # noqa: E402

collect_ignore = ANOTHER_VERSIONS_TESTS

assert str(ROOT) in str(next(iter(custom_components.__path__)))


@pytest.fixture(autouse=True)
async def ready(
    hass: HomeAssistant, enable_custom_integrations: None, socket_enabled: None
) -> None:
    """Our component is found, and may use the loopback."""
    assert await async_setup_component(hass, "homeassistant", {})


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that went away is tried again at once."""
    monkeypatch.setattr(coordinator, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(coordinator, "MAX_WAIT_S", 0.05)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate.made(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def other_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate.made(tmp_path_factory.mktemp("other"))


@pytest.fixture
async def hub(certificate: Certificate) -> AsyncIterator[StubHub]:
    """A hub that speaks the contract over TLS, with two toys."""
    hub = StubHub(certificate)
    await hub.start()
    yield hub
    await hub.stop()


@pytest.fixture
def entry(hass: HomeAssistant, hub: StubHub) -> MockConfigEntry:
    """Added, and not set up yet."""
    entry = MockConfigEntry(domain="pommai", title="Pommai", unique_id=HUB_ID, data=entry_data(hub))
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def connected(
    hass: HomeAssistant, hub: StubHub, entry: MockConfigEntry
) -> AsyncIterator[MockConfigEntry]:
    """Set up, and following the hub's stream."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await hub.followed()
    yield entry
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()


def entry_data(hub: StubHub, **changed: Any) -> dict[str, Any]:
    fingerprint = hub.certificate and hub.certificate.fingerprint
    return {
        "host": "127.0.0.1",
        "port": hub.port,
        "token": TOKEN,
        "fingerprint": fingerprint,
    } | changed


@pytest.fixture(autouse=True)
def quiet_zeroconf(mock_zeroconf: object) -> None:
    """Nothing of these tests is announced or looked for."""
