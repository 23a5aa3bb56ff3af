"""What only a person can put right, in Home Assistant's Repairs."""

from __future__ import annotations

from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry

from .const import CONF_FINGERPRINT, DOMAIN
from .errors import FingerprintChangedError, HubError, OtherApiError
from .hub_client import spaced

FINGERPRINT_CHANGED: Final = "fingerprint_changed"
KEYS: Final = (FINGERPRINT_CHANGED, "hub_too_old", "hub_too_new")


def raise_for(hass: HomeAssistant, entry: ConfigEntry, error: HubError) -> None:
    """An issue for `error`, where there is something to do about it."""
    if isinstance(error, FingerprintChangedError):
        trusted = str(entry.data[CONF_FINGERPRINT])
        issue_registry.async_create_issue(
            hass,
            DOMAIN,
            f"{error.code}_{entry.entry_id}",
            data={"entry_id": entry.entry_id, "shown": error.shown},
            is_fixable=True,
            severity=issue_registry.IssueSeverity.ERROR,
            translation_key=error.code,
            translation_placeholders={
                "name": entry.title,
                "shown": spaced(error.shown),
                "trusted": spaced(trusted),
            },
        )
    elif isinstance(error, OtherApiError):
        issue_registry.async_create_issue(
            hass,
            DOMAIN,
            f"{error.code}_{entry.entry_id}",
            is_fixable=False,
            severity=issue_registry.IssueSeverity.ERROR,
            translation_key=error.code,
            translation_placeholders={"name": entry.title},
        )


def clear(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """The hub answers again as it should."""
    for key in KEYS:
        issue_registry.async_delete_issue(hass, DOMAIN, f"{key}_{entry.entry_id}")
