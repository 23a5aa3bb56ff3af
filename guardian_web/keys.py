"""Where the application keeps what its views need."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from guardian_web.hosts import SHORT_NAME, OwnNames, in_url
from guardian_web.sign_in.accounts import Accounts
from guardian_web.sign_in.codes import SecondSteps
from hub.core.hub import Hub
from hub.domain.api import LanAccess
from hub.domain.clock import Clock
from hub.lan.authority import Authority
from hub.lan.own_certificate import OwnCertificate


@dataclass(frozen=True, slots=True)
class ApiEndpoint:
    """How other machines reach the API, where a parent lets them."""

    port: int = 0
    fingerprint: str = ""
    """Of the hub's certificate: its SHA-256 as hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class PhoneEndpoint:
    """How phones reach the pages, where a parent lets them."""

    authority: Authority
    port: int
    access: Callable[[], Awaitable[LanAccess]]
    """Gives what is in effect now."""
    is_set: bool = False
    """In the hub's settings, so that the pages can't turn it off."""
    own: OwnCertificate | None = None
    """The family's own certificate, which phones are shown in place of the authority's."""

    @property
    def fingerprint(self) -> str:
        """Of what a phone is shown, or asked to trust: its SHA-256 as hexadecimal digits."""
        return (self.own or self.authority).fingerprint

    def urls(self, addresses: Sequence[str], port: int) -> list[str]:
        """Where phones open the pages; the first is the one that most can."""
        own = self.own.names if self.own else []
        hosts = dict.fromkeys([*own, *addresses, SHORT_NAME])
        return [f"https://{in_url(host)}:{port}/" for host in hosts]


HUB = web.AppKey("hub", Hub)
API_ENDPOINT = web.AppKey("api_endpoint", ApiEndpoint)
CLOCK = web.AppKey("clock", Clock)
ACCOUNTS = web.AppKey("accounts", Accounts)
SECOND_STEPS = web.AppKey("second_steps", SecondSteps)
"""Sign-ins that wait for a code."""
IS_API = web.AppKey("is_api", bool)
"""In the application of `/api/v1`, whose calls bring bearer tokens."""
HOSTS = web.AppKey("hosts", OwnNames)
"""Names and addresses that the pages may be asked for by."""
PHONE_ENDPOINT = web.AppKey("phone_endpoint", PhoneEndpoint)
