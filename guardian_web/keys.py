"""Where the application keeps what its views need."""

from dataclasses import dataclass

from aiohttp import web

from guardian_web.sign_in.accounts import Accounts
from hub.core.hub import Hub
from hub.domain.clock import Clock


@dataclass(frozen=True, slots=True)
class ApiEndpoint:
    """How other machines reach the API, where a parent lets them."""

    port: int = 0
    fingerprint: str = ""
    """Of the hub's certificate: its SHA-256 as hexadecimal digits."""


HUB = web.AppKey("hub", Hub)
API_ENDPOINT = web.AppKey("api_endpoint", ApiEndpoint)
CLOCK = web.AppKey("clock", Clock)
ACCOUNTS = web.AppKey("accounts", Accounts)
IS_API = web.AppKey("is_api", bool)
"""In the application of `/api/v1`, whose calls bring bearer tokens."""
HOSTS = web.AppKey("hosts", frozenset[str])
"""Names and addresses that the pages may be asked for by, loopback aside."""
