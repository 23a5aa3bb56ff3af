"""One hub as Home Assistant sees it: its state, pushed over the event stream, and what is asked of it."""

from __future__ import annotations

import inspect
import logging
from asyncio import Task, sleep
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.storage import Store
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from . import repairs
from .const import API, CONF_FINGERPRINT, DOMAIN, SCOPE_ALERTS
from .errors import (
    HubAwayError,
    HubError,
    HubOddError,
    OtherApiError,
    UnauthorizedError,
    refusal,
)
from .hub_client import Event, HubClient, parsed
from .models import Alert, Household, Hub, HubState, Toy, toys_from_json

FIRST_WAIT_S: Final = 1.0
MAX_WAIT_S: Final = 60.0
STEADY_S: Final = 30.0
"""A stream that held this long was a good one: the next wait is short again."""
SAVE_AFTER_S: Final = 1.0
MAX_ALERTS_KEPT: Final = 100
"""Alerts of which it is known how they were told last."""
APART_S: Final = 0.002
"""An event entity's state is a time in milliseconds: two alerts in one would look like one."""

_Value = TypeVar("_Value")
_LOGGER = logging.getLogger(__name__)
_TAKES_ENTRY: Final = "config_entry" in inspect.signature(DataUpdateCoordinator).parameters
"""Since 2024.11; 2024.3 knows the entry from the context in which it is set up."""


class HubCoordinator(DataUpdateCoordinator[HubState]):
    """Follows one hub for as long as its entry is loaded."""

    config_entry: ConfigEntry

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, client: HubClient) -> None:
        extra: dict[str, Any] = {"config_entry": entry} if _TAKES_ENTRY else {}
        super().__init__(hass, _LOGGER, name=entry.title, **extra)
        self.config_entry = entry
        self.client = client
        self.reconnects = 0
        self._alert_listeners: list[Callable[[Alert], None]] = []
        self._revision: int | None = None
        """Up to which revision every alert was told; None without the right to alerts."""
        self._known_alerts: dict[str, list[int]] = {}
        """The last alerts by id, see `Alert.known_as`."""
        self._store = revision_store(hass, entry)
        self._following: Task[None] | None = None

    async def _async_update_data(self) -> HubState:
        """All of it at once: at setup, and when somebody asks for a refresh."""
        try:
            hub = await self._known_hub()
            state = HubState(hub, await self.client.household(), await self.client.toys())
            await self._recall_revision(hub)
        except UnauthorizedError as error:
            raise ConfigEntryAuthFailed(str(error)) from error
        except HubError as error:
            repairs.raise_issue(self.hass, self.config_entry, error)
            raise UpdateFailed(str(error)) from error
        repairs.clear_issues(self.hass, self.config_entry)
        return state

    async def _known_hub(self) -> Hub:
        hub = await self.client.hub()
        check_api(hub)
        if hub.id != self.config_entry.unique_id:
            raise HubOddError("another hub than the one that was added")
        return hub

    async def _recall_revision(self, hub: Hub) -> None:
        """So that what happened while Home Assistant was down is told, and what was told is not."""
        if SCOPE_ALERTS not in hub.scopes or self._revision is not None:
            return
        kept = await self._store.async_load()
        self._known_alerts = kept["told"] if kept else {}
        self._remember(kept["revision"] if kept else await self.client.alerts_revision())

    def _remember(self, revision: int) -> None:
        self._revision = revision
        self._store.async_delay_save(self._to_keep, SAVE_AFTER_S)

    def _to_keep(self) -> dict[str, Any]:
        return {"revision": self._revision, "told": self._known_alerts}

    def start(self) -> None:
        """Once the entities are there, so that the first alert finds its own."""
        self._following = self.config_entry.async_create_background_task(
            self.hass, self._follow(), f"{DOMAIN} {self.name}"
        )
        self._following.add_done_callback(self._ended)

    @callback
    def _ended(self, following: Task[None]) -> None:
        """Of a fault of ours: nothing may then look as if somebody still watched over it."""
        if not following.cancelled() and isinstance(error := following.exception(), Exception):
            _LOGGER.error("%s is no longer followed", self.name, exc_info=error)
            self.async_set_update_error(error)

    def stop(self) -> None:
        """Before the entities go, so that no alert is taken and told to nobody."""
        if self._following is not None:
            self._following.cancel()

    async def save(self) -> None:
        if self._revision is not None:
            await self._store.async_save(self._to_keep())

    async def _follow(self) -> None:
        """Never returns while the token is good: a hub that is away is waited for."""
        wait_s = FIRST_WAIT_S
        while True:
            began = self.hass.loop.time()
            try:
                hub = await self._known_hub()
                self.data = replace(self.data, hub=hub)
                await self.client.follow(self._revision, self._on_event)
                error: HubError = HubAwayError("the stream ended")
            except UnauthorizedError as refused:
                self.async_set_update_error(refused)
                self.config_entry.async_start_reauth(self.hass)
                return
            except HubError as failed:
                error = failed
                repairs.raise_issue(self.hass, self.config_entry, error)
            self.async_set_update_error(error)
            if self.hass.loop.time() - began > STEADY_S:
                wait_s = FIRST_WAIT_S
            await sleep(wait_s)
            wait_s = min(wait_s * 2, MAX_WAIT_S)
            self.reconnects += 1

    async def _on_event(self, event: Event) -> None:
        if event.kind == "household":
            self._show(replace(self.data, household=parsed(Household.from_json, event.data)))
        elif event.kind == "toys":
            self._show(replace(self.data, toys=parsed(toys_from_json, event.data)))
        elif event.kind == "alert":
            self._tell(event.data)
        if self._revision is not None and event.id.isdecimal() and int(event.id) != self._revision:
            self._remember(int(event.id))
        if event.kind == "alert":
            await sleep(APART_S)

    def _show(self, state: HubState) -> None:
        if not self.last_update_success:
            _LOGGER.info("%s is back", self.name)
            repairs.clear_issues(self.hass, self.config_entry)
        self.async_set_updated_data(state)

    def _tell(self, data: str) -> None:
        try:
            alert = parsed(Alert.from_json, data)
        except HubOddError as error:
            # Asked for again it would be the same, and no other would ever come.
            _LOGGER.error(
                "%s told of an alert in a way that is not understood: see the Guardian pages (%s)",
                self.name,
                error,
            )
            return
        # The hub tells of it again as it goes out to each grown-up.
        known_as = self._known_alerts.pop(alert.id, None)
        self._known_alerts[alert.id] = alert.known_as
        while len(self._known_alerts) > MAX_ALERTS_KEPT:
            del self._known_alerts[next(iter(self._known_alerts))]
        if known_as != alert.known_as:
            for listener in list(self._alert_listeners):
                listener(alert)

    @callback
    def async_on_alert(self, listener: Callable[[Alert], None]) -> CALLBACK_TYPE:
        self._alert_listeners.append(listener)
        return lambda: self._alert_listeners.remove(listener)

    async def stop_all(self) -> None:
        household = await self.ask(self.client.stop("Home Assistant"))
        self._show(replace(self.data, household=household))

    async def set_quiet(self, on: bool) -> None:
        household = await self.ask(self.client.set_quiet(on))
        self._show(replace(self.data, household=household))

    async def change_toy(self, toy: Toy, **changes: bool | int) -> None:
        changed = await self.ask(self.client.change_toy(toy.id, **changes), toy)
        self._show(replace(self.data, toys={**self.data.toys, toy.id: changed}))

    async def say(self, toy: Toy, text: str) -> None:
        await self.ask(self.client.say(toy.id, text), toy)

    async def ask(self, asking: Awaitable[_Value], toy: Toy | None = None) -> _Value:
        """What the hub answers; what it refuses as a translated exception."""
        try:
            return await asking
        except UnauthorizedError as error:
            self.config_entry.async_start_reauth(self.hass)
            raise refusal(error.code) from error
        except HubError as error:
            raise refusal(error.code, toy.name if toy else "", str(error)) from error


def revision_store(hass: HomeAssistant, entry: ConfigEntry) -> Store[dict[str, Any]]:
    return Store(hass, 1, f"{DOMAIN}.{entry.entry_id}")


def check_api(hub: Hub) -> None:
    if hub.api != API:
        code = "hub_too_old" if hub.api < API else "hub_too_new"
        raise OtherApiError(f"the hub speaks version {hub.api} of the API, not {API}", code)


def client_for(hass: HomeAssistant, data: Mapping[str, Any]) -> HubClient:
    return HubClient(
        async_get_clientsession(hass),
        data[CONF_HOST],
        data[CONF_PORT],
        data[CONF_TOKEN],
        data[CONF_FINGERPRINT],
    )


def coordinator_of(entry: ConfigEntry) -> HubCoordinator:
    """What 2024.3 has not declared it keeps all the same, as any attribute."""
    coordinator = entry.runtime_data  # type: ignore[attr-defined]  # as just said
    assert isinstance(coordinator, HubCoordinator)
    return coordinator


def loaded(hass: HomeAssistant) -> list[HubCoordinator]:
    return [
        coordinator_of(entry)
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.state is ConfigEntryState.LOADED
    ]
