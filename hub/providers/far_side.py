"""Trouble with a vendor's service, in one line for a person: what it is and what to do.

Never the far side's own text: it may repeat a key, or what a child said.
"""

from urllib.parse import urlsplit

from hub.errors import (
    ProviderAuthError,
    ProviderBusyError,
    ProviderError,
    ProviderRequestError,
    ProviderUnavailableError,
)
from hub.providers.retry import retry_after_s


class FarSide:
    """`name` is the provider's, `section` its settings', `key_name` the variable with its key."""

    def __init__(self, name: str, section: str, key_name: str, base_url: str) -> None:
        self.name = name
        self.key_name = key_name
        self.host = urlsplit(base_url).hostname or base_url
        self._section = section

    def unreachable(self) -> ProviderBusyError:
        return ProviderBusyError(
            f"{self.name}: can't reach {self.host}; check the internet connection and "
            f"[{self._section}] base_url"
        )

    def broke_off(self) -> ProviderError:
        return ProviderError(f"{self.name}: {self.host} broke off in the middle of its answer")

    def nonsense(self) -> ProviderError:
        return ProviderError(
            f"{self.name}: {self.host} answered what it never should; "
            f"check [{self._section}] base_url"
        )

    def no_credit(self) -> ProviderUnavailableError:
        return ProviderUnavailableError(
            f"{self.name}: the account at {self.host} has nothing left; top it up"
        )

    def refusal(self, status: int, retry_after: str | None = None) -> ProviderError:
        """What an HTTP status means; `retry_after` is the header of that name."""
        if status in (401, 403):
            return ProviderAuthError(
                f"{self.name}: {self.host} refused the key; set a valid {self.key_name}"
            )
        if status == 402:
            return self.no_credit()
        if status == 429:
            return ProviderBusyError(
                f"{self.name}: {self.host} takes no more requests now; wait, or check the account",
                retry_after_s(retry_after),
            )
        if status >= 500:
            return ProviderBusyError(
                f"{self.name}: {self.host} has trouble (HTTP {status}); it is tried again later",
                retry_after_s(retry_after),
            )
        return ProviderRequestError(
            f"{self.name}: {self.host} does not take our request (HTTP {status}); "
            f"check [{self._section}] and the toy's voice"
        )


def no_key(key_name: str) -> str:
    """What to do where the key is missing."""
    return f"no key; set {key_name} in the hub's environment"
