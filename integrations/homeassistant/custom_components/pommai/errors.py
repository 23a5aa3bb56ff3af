"""What can go wrong between a client and its hub."""


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
