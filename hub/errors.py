"""Every error that Pommai raises on purpose, in one tree.

A message is one line for a person: what was wrong, where, and what to do about it.
"""

from typing import TypeVar

E = TypeVar("E", bound=BaseException)


def leaves(group: BaseExceptionGroup[E]) -> list[E]:
    """The errors in a group, and in the groups within it, in order."""
    found: list[E] = []
    for error in group.exceptions:
        found += leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


class PommaiError(Exception):
    """Base of all; the command line prints its message and exits 2."""


class ConfigError(PommaiError):
    """A setting is misspelt or out of range."""


class DataError(PommaiError):
    """The data folder or the database can't be read or written."""


class DiskFullError(DataError):
    """The disk that holds the data folder is full."""


class AlreadyRunningError(PommaiError):
    """Another hub holds this data folder, or a port is taken."""


class NotFoundError(PommaiError):
    """A toy, satellite, turn or model of that name isn't known."""


class RefusedError(PommaiError):
    """The request is understood and not allowed (e.g. adopting a toy twice)."""


class BusyError(RefusedError):
    """It can't be done just now, as a talk is going on; later it can."""


class StoppedError(PommaiError):
    """The household's emergency stop is on: no toy talks until a grown-up lifts it."""


class DeliveryError(PommaiError):
    """A message to a grown-up was not taken; says why without naming the address."""


class AddressGoneError(DeliveryError):
    """The service knows that address no more, and never will again: it is to be forgotten."""


class UnsafeSpeechError(PommaiError):
    """A text was about to be spoken under a policy that it did not pass: always a bug."""


class LinkError(PommaiError):
    """A satellite can't be reached, or said something that isn't Wyoming."""


class ProviderError(PommaiError):
    """A speech or language provider did not do its work; names the provider and what to do."""


class ProviderUnavailableError(ProviderError):
    """It can't be used on this machine now: a package, model, key or server is missing."""


class CloudsOffError(ProviderUnavailableError):
    """The family turned all services outside the home off."""


class ProviderBusyError(ProviderUnavailableError):
    """Trouble on the far side that passes: too many requests, an inner fault, a lost connection."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        """`retry_after_s` is how long it asks to be left alone, None where it doesn't say."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ProviderRequestError(ProviderError):
    """It doesn't take the request as it is: a voice, a model or a setting that it doesn't know."""


class ProviderAuthError(ProviderError):
    """The far side refused the key."""


class ProviderTimeoutError(ProviderError):
    """It didn't answer in time."""


class ModelError(PommaiError):
    """A model can't be fetched, or what was fetched is not what was promised."""
