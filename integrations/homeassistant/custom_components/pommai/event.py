"""Alerts as an event entity: that something happened and how urgent it is, never the child's words."""

from __future__ import annotations

from typing import Final

from homeassistant.components.event import EventEntity
from homeassistant.core import callback

from .const import SCOPE_ALERTS
from .entity import HouseholdEntity, for_household
from .models import Alert

PARALLEL_UPDATES = 0

LEVELS: Final = ("info", "warning", "urgent")
ACKNOWLEDGED: Final = "acknowledged"


class AlertEvent(HouseholdEntity, EventEntity):
    _attr_event_types = [*LEVELS, ACKNOWLEDGED]  # noqa: RUF012 - as Home Assistant declares it

    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_on_alert(self._alerted))

    @callback
    def _alerted(self, alert: Alert) -> None:
        toy = self.coordinator.data.toys.get(alert.toy_id or "")
        self._trigger_event(
            _kind(alert),
            {
                "alert_id": alert.id,
                "level": alert.level,
                "category": alert.category,
                "title": alert.title,
                "at": alert.at.isoformat(),
                "toy": toy.name if toy else None,
                "count": alert.count,
            },
        )
        self.async_write_ha_state()


def _kind(alert: Alert) -> str:
    """A level that only a newer hub knows is urgent until somebody looked."""
    if alert.acknowledged_at is not None:
        return ACKNOWLEDGED
    return alert.level if alert.level in LEVELS else "urgent"


async_setup_entry = for_household(lambda hub: [AlertEvent(hub, "alert")], SCOPE_ALERTS)
