"""Where the application keeps what its views need."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from guardian_web.hosts import OwnNames
from guardian_web.sign_in.accounts import Accounts
from guardian_web.sign_in.codes import SecondSteps
from hub.core.hub import Hub
from hub.domain.api import LanAccess
from hub.domain.clock import Clock
from hub.lan.authority import Authority


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
