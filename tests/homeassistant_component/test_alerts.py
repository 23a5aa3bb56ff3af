"""Alerts arrive as events: each one, once, and nothing that was said."""

import asyncio
from typing import Any

import pytest
from homeassistant.core import Event, HomeAssistant, callback
from pytest_homeassistant_custom_component.common import MockConfigEntry
from seeing import PATIENCE_S
from stub_hub import StubHub, alert

ALERT = "event.pommai_alert"


class Heard:
    """The alert events of a Home Assistant, in order."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.attributes: list[dict[str, Any]] = []
        self._more = asyncio.Event()
        hass.bus.async_listen("state_changed", self._changed)

    @callback
    def _changed(self, event: Event) -> None:
        new, old = event.data["new_state"], event.data["old_state"]
        if new is None or new.entity_id != ALERT or new.state in ("unknown", "unavailable"):
            return
        if old is None or old.state in (new.state, "unavailable"):
            return
        self.attributes.append(dict(new.attributes))
        self._more.set()

    async def until(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.attributes) < count:
                self._more.clear()
                await self._more.wait()
        return self.attributes


async def test_an_alert_is_an_event_with_what_a_parent_should_know(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    heard = Heard(hass)
    await hub.raise_alert(alert(1, words="never shown"))
    (told,) = await heard.until(1)
    assert told["event_type"] == "urgent"
    assert told["category"] == "self_harm"
    assert told["title"] == "Teddy heard something grave"
    assert told["toy"] == "Teddy"
    assert told["at"] == "2026-03-01T17:31:00+00:00"
    assert told["count"] == 1
    assert "never shown" not in str(told)


async def test_an_acknowledged_alert_says_so(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    heard = Heard(hass)
    await hub.raise_alert(alert(1, acknowledged_at="2026-03-01T18:00:00Z"))
    (told,) = await heard.until(1)
    assert told["event_type"] == "acknowledged"


async def test_a_level_of_a_newer_hub_is_urgent(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    heard = Heard(hass)
    await hub.raise_alert(alert(1, level="catastrophic"))
    (told,) = await heard.until(1)
    assert told["event_type"] == "urgent"


async def test_what_happened_before_it_was_added_is_no_event(
    hass: HomeAssistant, hub: StubHub, entry: MockConfigEntry
) -> None:
    hub.alerts = [alert(1), alert(2)]
    heard = Heard(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hub.followed()
    await hub.raise_alert(alert(3, title="the third"))
    (told,) = await heard.until(1)
    assert told["title"] == "the third"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_happens_while_home_assistant_is_down_is_told_once_it_is_back(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    heard = Heard(hass)
    await hub.raise_alert(alert(1, title="the first"))
    await heard.until(1)
    await hass.config_entries.async_unload(connected.entry_id)
    await hass.async_block_till_done()
    hub.cut()
    hub.alerts.append(alert(2, title="the second"))
    assert await hass.config_entries.async_setup(connected.entry_id)
    told = await heard.until(2)
    assert [one["title"] for one in told] == ["the first", "the second"]


async def test_alerts_that_come_at_once_are_an_event_each(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    heard = Heard(hass)
    for revision in range(1, 6):
        await hub.raise_alert(alert(revision))
    told = await heard.until(5)
    assert [one["alert_id"] for one in told] == ["a1", "a2", "a3", "a4", "a5"]


@pytest.mark.parametrize("odd", [{"at": "yesterday"}, {"count": None}])
async def test_an_alert_that_is_not_understood_holds_up_no_other(
    hass: HomeAssistant,
    hub: StubHub,
    connected: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    odd: dict[str, Any],
) -> None:
    heard = Heard(hass)
    await hub.raise_alert(alert(1, **odd))
    await hub.raise_alert(alert(2, title="the second"))
    (told,) = await heard.until(1)
    assert told["title"] == "the second"
    assert connected.runtime_data.reconnects == 0
    assert "see the Guardian pages" in caplog.text


async def test_an_alert_is_told_again_only_with_news(
    hass: HomeAssistant, hub: StubHub, connected: MockConfigEntry
) -> None:
    """As the hub has it sent to each grown-up its revision changes, and nothing that is told here."""
    heard = Heard(hass)
    for revision, changed in (
        (1, {}),
        (2, {}),
        (3, {"count": 2}),
        (4, {"count": 2}),
        (5, {"count": 2, "acknowledged_at": "2026-03-01T18:00:00Z"}),
    ):
        await hub.raise_alert(alert(revision, id="a1", **changed))
        if revision == 2:  # nor after a restart
            await heard.until(1)
            await hass.config_entries.async_unload(connected.entry_id)
            hub.cut()
            assert await hass.config_entries.async_setup(connected.entry_id)
            await hub.followed()
    await hub.raise_alert(alert(6, title="the next"))
    told = await heard.until(4)
    assert [(one["event_type"], one["count"], one["title"]) for one in told] == [
        ("urgent", 1, "Teddy heard something grave"),
        ("urgent", 2, "Teddy heard something grave"),
        ("acknowledged", 2, "Teddy heard something grave"),
        ("urgent", 1, "the next"),
    ]
