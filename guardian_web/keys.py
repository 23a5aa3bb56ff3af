"""Where the application keeps what its views need."""

from aiohttp import web

from guardian_web.accounts import Accounts
from guardian_web.guardian_hub import GuardianHub
from hub.domain.clock import Clock

HUB = web.AppKey("hub", GuardianHub)
CLOCK = web.AppKey("clock", Clock)
ACCOUNTS = web.AppKey("accounts", Accounts)
IS_API = web.AppKey("is_api", bool)
"""In the application of `/api/v1`, whose calls bring bearer tokens."""
HOSTS = web.AppKey("hosts", frozenset[str])
"""Names and addresses that the pages may be asked for by, loopback aside."""
