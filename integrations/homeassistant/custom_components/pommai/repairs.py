"""What only a person can put right, in Home Assistant's Repairs.

A certificate that changed is trusted only after a person compared it.
"""

from __future__ import annotations

from typing import Final

from homeassistant.components.repairs import RepairsFlow
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResult
from homeassistant.helpers import issue_registry

from .const import CONF_FINGERPRINT, DOMAIN
from .errors import FingerprintChangedError, HubError, OtherApiError
from .hub_client import spaced

ISSUES: Final = ("fingerprint_changed", "hub_too_old", "hub_too_new")


def raise_issue(hass: HomeAssistant, entry: ConfigEntry, error: HubError) -> None:
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


def clear_issues(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """The hub answers again as it should."""
    for key in ISSUES:
        issue_registry.async_delete_issue(hass, DOMAIN, f"{key}_{entry.entry_id}")


class TrustCertificate(RepairsFlow):
    """Shows both fingerprints; the new one counts once it was confirmed."""

    def __init__(self, entry_id: str, shown: str) -> None:
        self._entry_id = entry_id
        self._shown = shown

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> FlowResult:
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> FlowResult:
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None:
            return self.async_abort(reason="entry_removed")
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                description_placeholders={
                    "name": entry.title,
                    "shown": spaced(self._shown),
                    "trusted": spaced(entry.data[CONF_FINGERPRINT]),
                },
            )
        self.hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_FINGERPRINT: self._shown}
        )
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_create_entry(data={})


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    assert data is not None
    return TrustCertificate(str(data["entry_id"]), str(data["shown"]))
