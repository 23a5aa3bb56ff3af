"""Adding a hub: found or by address, then a token; later another token, or another address.

The token leaves only over a connection whose certificate has the fingerprint that the form shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

import voluptuous as vol
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlow, OptionsFlow
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowResult
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .const import (
    API,
    CONF_AGENT_TOY,
    CONF_FINGERPRINT,
    DEFAULT_PORT,
    DOMAIN,
    HAS_CONVERSATION_ENTITY,
    SCOPE_STATE,
)
from .coordinator import check_api, client_for, coordinator_of
from .errors import HubError
from .hub_client import fingerprint_of, spaced
from .models import Hub

ERRORS: Final = {
    "fingerprint_changed",
    "hub_odd",
    "hub_too_new",
    "hub_too_old",
    "missing_scope",
    "not_encrypted",
    "slow_down",
    "unauthorized",
    "wrong_hub",
}

TOKEN_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_TOKEN): TextSelector(
            TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
        )
    }
)
NOTHING: Final = vol.Schema({})


class Announcement(Protocol):
    """What every version's `ZeroconfServiceInfo` has, whichever module it lives in."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int | None: ...
    @property
    def properties(self) -> dict[str, Any]: ...


def address_schema(host: str | None = None, port: int = DEFAULT_PORT) -> vol.Schema:
    return vol.Schema(
        {
            vol.Required(CONF_HOST, default=host or vol.UNDEFINED): str,
            vol.Required(CONF_PORT, default=port): vol.All(
                vol.Coerce(int), vol.Range(min=1, max=65535)
            ),
        }
    )


class PommaiConfigFlow(ConfigFlow, domain=DOMAIN):
    """`_data` is the entry as it grows: host, port, fingerprint, and at last the token."""

    VERSION = 1

    def __init__(self) -> None:
        self._data: dict[str, Any] = {}
        self._found_id: str | None = None

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> FlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = await self._visit(user_input)
            if not errors:
                return await self.async_step_token()
        asked = user_input or {}
        return self.async_show_form(
            step_id="user",
            data_schema=address_schema(asked.get(CONF_HOST), asked.get(CONF_PORT, DEFAULT_PORT)),
            errors=errors,
        )

    async def async_step_zeroconf(self, discovery_info: Announcement) -> FlowResult:
        properties = discovery_info.properties
        self._found_id = properties.get("id")
        fingerprint = str(properties.get("fp", "")).lower()
        if not self._found_id or not _is_fingerprint(fingerprint):
            return self.async_abort(reason="hub_odd")
        if properties.get("api") != str(API):
            return self.async_abort(reason="other_api")
        host, port = str(discovery_info.host), discovery_info.port
        known = await self.async_set_unique_id(self._found_id)
        place = {CONF_HOST: host, CONF_PORT: port}
        moved = known is not None and await _is_now_at(known, place)
        self._abort_if_unique_id_configured(updates=place if moved else None)
        self._data = {**place, CONF_FINGERPRINT: fingerprint}
        self.context["title_placeholders"] = {"name": f"Pommai ({host})"}
        return await self.async_step_token()

    async def async_step_token(self, user_input: dict[str, Any] | None = None) -> FlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            hub, errors = await self._greet(user_input[CONF_TOKEN], self._found_id)
            if hub is not None:
                await self.async_set_unique_id(hub.id, raise_on_progress=False)
                self._abort_if_unique_id_configured()
                return self.async_create_entry(title=hub.name, data=self._data)
        return self._ask_token("token", errors)

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> FlowResult:
        self._data = dict(entry_data)
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> FlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            self._data[CONF_TOKEN] = user_input[CONF_TOKEN]
            done, errors = await self._change(reason="reauth_successful")
            if done is not None:
                return done
        return self._ask_token("reauth_confirm", errors)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> FlowResult:
        """Another address. 2024.3 never calls this: there, remove the entry and add it again."""
        entry = self._entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            self._data = {CONF_TOKEN: entry.data[CONF_TOKEN]}
            errors = await self._visit(user_input)
            if not errors and self._data[CONF_FINGERPRINT] != entry.data[CONF_FINGERPRINT]:
                return await self.async_step_reconfigure_trust()
            if not errors:
                done, errors = await self._change(reason="reconfigure_successful")
                if done is not None:
                    return done
        asked = user_input or entry.data
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=address_schema(asked[CONF_HOST], asked[CONF_PORT]),
            errors=errors,
        )

    async def async_step_reconfigure_trust(
        self, user_input: dict[str, Any] | None = None
    ) -> FlowResult:
        """Another certificate, too: the token goes there only after a person compared it."""
        errors: dict[str, str] = {}
        if user_input is not None:
            done, errors = await self._change(reason="reconfigure_successful")
            if done is not None:
                return done
        return self.async_show_form(
            step_id="reconfigure_trust",
            data_schema=NOTHING,
            errors=errors,
            description_placeholders=self._shown_address(),
        )

    async def _change(self, *, reason: str) -> tuple[FlowResult | None, dict[str, str]]:
        """The end of the flow, once the entry's own hub took the token; or what is wrong."""
        entry = self._entry()
        hub, errors = await self._greet(self._data[CONF_TOKEN], entry.unique_id)
        if hub is None:
            return None, errors
        return self.async_update_reload_and_abort(entry, data=self._data, reason=reason), {}

    async def _visit(self, address: Mapping[str, Any]) -> dict[str, str]:
        """Look at the certificate there. {} when it can be shown to a person."""
        host, port = address[CONF_HOST].strip().strip("[]"), address[CONF_PORT]
        try:
            fingerprint = await fingerprint_of(host, port)
        except HubError as error:
            return _errors(error)
        self._data.update({CONF_HOST: host, CONF_PORT: port, CONF_FINGERPRINT: fingerprint})
        return {}

    async def _greet(self, token: str, wanted_id: str | None) -> tuple[Hub | None, dict[str, str]]:
        """The hub that takes this token, or what is wrong."""
        # Nothing in a token is space; a copied one may be broken into lines.
        self._data[CONF_TOKEN] = "".join(token.split())
        try:
            hub = await client_for(self.hass, self._data).hub()
            check_api(hub)
        except HubError as error:
            return None, _errors(error)
        if wanted_id not in (None, hub.id):
            return None, {"base": "wrong_hub"}
        if SCOPE_STATE not in hub.scopes:
            return None, {"base": "missing_scope"}
        return hub, {}

    def _ask_token(self, step_id: str, errors: dict[str, str]) -> FlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=TOKEN_SCHEMA,
            errors=errors,
            description_placeholders=self._shown_address(),
        )

    def _shown_address(self) -> dict[str, str]:
        fingerprint = self._data[CONF_FINGERPRINT]
        return {
            "host": self._data[CONF_HOST],
            "fingerprint": spaced(fingerprint) if fingerprint else "–",
        }

    def _entry(self) -> ConfigEntry:
        """The entry that is being changed."""
        entry = self.hass.config_entries.async_get_entry(self.context["entry_id"])
        assert entry is not None
        return entry

    @classmethod
    @callback
    def async_supports_options_flow(cls, config_entry: ConfigEntry) -> bool:
        """Where each toy is an agent there is nothing to choose."""
        return not HAS_CONVERSATION_ENTITY

    @staticmethod
    @callback
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        return AgentOptions(config_entry)


class AgentOptions(OptionsFlow):
    """Which toy answers in Assist, where an entry has but one agent."""

    def __init__(self, entry: ConfigEntry) -> None:
        self._entry = entry

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> FlowResult:
        if user_input is not None:
            return self.async_create_entry(title="", data=user_input)
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="hub_away")
        toys = coordinator_of(self._entry).data.toys.values()
        choices = [SelectOptionDict(value=toy.id, label=toy.name) for toy in toys]
        chosen = self._entry.options.get(CONF_AGENT_TOY, vol.UNDEFINED)
        config = SelectSelectorConfig(options=choices, mode=SelectSelectorMode.DROPDOWN)
        schema = vol.Schema({vol.Required(CONF_AGENT_TOY, default=chosen): SelectSelector(config)})
        return self.async_show_form(step_id="init", data_schema=schema)


async def _is_now_at(entry: ConfigEntry, place: Mapping[str, Any]) -> bool:
    """Whether the hub is there and was not before. Anyone can announce a name and a fingerprint; its
    certificate is shown by the hub alone."""
    if place.items() <= entry.data.items():
        return False
    try:
        shown = await fingerprint_of(place[CONF_HOST], place[CONF_PORT])
    except HubError:
        return False
    return shown is not None and shown == entry.data[CONF_FINGERPRINT]


def _is_fingerprint(text: str) -> bool:
    return len(text) == 64 and all(letter in "0123456789abcdef" for letter in text)


def _errors(error: HubError) -> dict[str, str]:
    return {"base": error.code if error.code in ERRORS else "cannot_connect"}
