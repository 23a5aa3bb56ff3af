"""The API for other machines: HTTPS with the hub's own certificate, and nothing but `/api/v1` behind it.

A program knows the hub by the fingerprint of that certificate, which the Household page shows and the
announcement carries, and is known by its token. So any name will do to ask for it, and no other address is let
in or kept out.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from guardian_web.api.app import add_api
from guardian_web.api.gate import tell_errors
from guardian_web.gate import add_headers
from guardian_web.keys import ApiEndpoint
from guardian_web.listening import WebListener
from hub.core.hub import Hub
from hub.domain.api import LanAccess
from hub.domain.clock import Clock
from hub.domain.version import VERSION
from hub.lan.offered import Announcement, announced

KIND: Final = "_pommai-hub._tcp.local."
MAX_CONNECTIONS: Final = 64
MAX_PER_ADDRESS: Final = 16


class LanListener:
    """Serves on `addresses` while within `listening`."""

    def __init__(
        self,
        hub: Hub,
        hub_id: str,
        context: ssl.SSLContext,
        endpoint: ApiEndpoint,
        clock: Clock,
    ) -> None:
        self._hub = hub
        self._context = context
        self._port = endpoint.port
        self._clock = clock
        self._announcement = Announcement(
            KIND,
            f"pommai-{hub_id}",
            {
                "id": hub_id,
                "fp": endpoint.fingerprint,
                "api": "1",
                "version": VERSION,
                "name": "Pommai",
            },
        )

    @asynccontextmanager
    async def listening(self, _: LanAccess, addresses: tuple[str, ...]) -> AsyncIterator[int]:
        """Gives the port, as 0 takes a free one. Raises OSError where it can't be had."""
        app = web.Application(middlewares=[tell_errors])
        add_api(app, self._hub, self._clock)
        app.on_response_prepare.append(add_headers)
        listener = WebListener(
            app,
            self._hub.strangers,
            self._clock,
            max_connections=MAX_CONNECTIONS,
            max_per_address=MAX_PER_ADDRESS,
            tls=self._context,
        )
        async with (
            listener.open(addresses, self._port) as port,
            announced(self._announcement, addresses, port),
        ):
            yield port
