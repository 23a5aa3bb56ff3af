"""What can go wrong between a client and its hub, and how a person is told of it: exceptions with a translation
for each of the hub's codes."""

from __future__ import annotations

from typing import Final

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN


class HubError(Exception):
    """The hub did not do what was asked; `code` is the hub's own word for why."""

    code = "failed"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or self.code


class HubAwayError(HubError):
    """Nothing answers there, or not in time."""

    code = "hub_away"


class HubOddError(HubError):
    """What answers is no hub that we understand."""

    code = "hub_odd"


class UnauthorizedError(HubError):
    """The token is not, or no longer, good."""

    code = "unauthorized"


class FingerprintChangedError(HubError):
    """Another certificate is shown than the one that a parent trusted."""

    code = "fingerprint_changed"

    def __init__(self, message: str, shown: str) -> None:
        super().__init__(message)
        self.shown = shown


class OtherApiError(HubError):
    """The hub speaks another version of the API; `code` is `hub_too_old` or `hub_too_new`."""


class NotEncryptedError(HubError):
    """The address is not this computer's, and does not speak TLS."""

    code = "not_encrypted"


MESSAGES: Final = {
    "away": "{toy} is not connected right now.",
    "conflict": "{toy} can't do that right now.",
    "failed": "The hub could not do it: {reason}",
    "fingerprint_changed": "The hub shows another certificate than before. See Settings, Repairs.",
    "hub_away": "The Pommai hub does not answer.",
    "hub_odd": "The Pommai hub gave an answer that this integration does not understand.",
    "impaired": "The hub can't do that right now: something in it fails. The Guardian pages say what.",
    "invalid": "The hub does not accept that value for {toy}.",
    "no_toy": "Choose at least one Pommai toy to speak.",
    "not_found": "The hub does not know {toy} any more.",
    "paused": "{toy} is paused.",
    "refused": "The hub's guard does not let {toy} say that. Try other words.",
    "scope": "The token of this integration may not do that. Make a new one on the Guardian pages.",
    "slow_down": "Too much at once. Try again in a moment.",
    "stopped": "Everything is stopped by the emergency stop. A parent resumes it on the Guardian pages.",
    "unauthorized": "The hub no longer accepts the token of this integration.",
}
"""English of each translated exception, for versions that log an exception without looking it up."""

WRONG_INPUT: Final = frozenset({"invalid", "no_toy", "refused"})


def refusal(code: str, toy: str = "", reason: str = "") -> HomeAssistantError:
    """The translated exception for one of the codes above; any other is `failed`."""
    key = code if code in MESSAGES else "failed"
    kind = ServiceValidationError if key in WRONG_INPUT else HomeAssistantError
    placeholders = {"toy": toy, "reason": reason or code}
    return kind(
        MESSAGES[key].format(**placeholders),
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )
