"""How phones reach the pages, as the settings and a parent have it: by which certificate, port and networks."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from guardian_web.keys import PhoneEndpoint
from hub.config import Config
from hub.domain.api import LanAccess
from hub.errors import ConfigError
from hub.lan.authority import Authority
from hub.lan.offered import at_home, own_interfaces
from hub.lan.own_certificate import OwnCertificate


async def phone_endpoint(
    config: Config, chosen: Callable[[], Awaitable[LanAccess]], now: datetime
) -> PhoneEndpoint:
    """`chosen` gives what a parent chose on the pages. Raises ConfigError or DataError for a bad certificate."""
    settings = config.guardian

    async def access() -> LanAccess:
        """What a parent chose; else, with `[guardian] lan`, all networks at home."""
        by_parent = await chosen()
        if by_parent.on or not settings.lan:
            return by_parent
        return LanAccess(True, tuple(at_home(own_interfaces())))

    authority = await asyncio.to_thread(Authority.load, config.hub.data, now)
    own = None
    if (settings.certificate is None) != (settings.key is None):
        raise ConfigError("[guardian] certificate and key: set both, or neither of them")
    if settings.certificate and settings.key:
        own = await asyncio.to_thread(OwnCertificate.load, settings.certificate, settings.key, now)
    return PhoneEndpoint(authority, settings.lan_port, access, settings.lan, own)
