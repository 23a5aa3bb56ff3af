"""The pages for phones and other computers at home: HTTPS by a certificate that a phone can trust."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from aiohttp import web

from guardian_web.hosts import SHORT_NAME, machine_names
from guardian_web.keys import HUB, PhoneEndpoint
from guardian_web.listening import WebListener
from hub.domain.api import LanAccess
from hub.domain.clock import Clock
from hub.errors import DataError
from hub.lan.offered import Announcement, announced

KIND: Final = "_https._tcp.local."
MAX_CONNECTIONS: Final = 128
MAX_PER_ADDRESS: Final = 32
"""A browser holds six; a phone may have several."""
LOOKED_AT_EVERY_S: Final = 24 * 3600.0
"""How often it is seen whether the certificate is to be made anew."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PhonesWelcome:
    """Where phones can open the pages now."""

    urls: tuple[str, ...]
    """The first by address, the last by name."""
    fingerprint: str
    """Of the certificate that a phone is shown, or may be told to trust."""


class PhoneListener:
    """Serves `site()` on `addresses` while within `listening`, and tells `welcome` where that is."""

    def __init__(
        self,
        site: Callable[[], web.Application],
        endpoint: PhoneEndpoint,
        hub_id: str,
        welcome: Callable[[PhonesWelcome], None],
        clock: Clock,
    ) -> None:
        self._site = site
        self._endpoint = endpoint
        self._port = endpoint.port
        self._welcome = welcome
        self._announcement = Announcement(KIND, f"Pommai {hub_id[:6]}", {"path": "/"}, SHORT_NAME)
        self._clock = clock

    @asynccontextmanager
    async def listening(self, _: LanAccess, addresses: tuple[str, ...]) -> AsyncIterator[int]:
        """Gives the port, as 0 takes a free one. Raises OSError where it can't be had."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        names = [SHORT_NAME, "localhost", *machine_names(), *addresses]
        due = await self._certified(context, names)
        renewing = asyncio.create_task(self._renew(context, names, due))
        try:
            site = self._site()
            listener = WebListener(
                site,
                site[HUB].strangers,
                self._clock,
                max_connections=MAX_CONNECTIONS,
                max_per_address=MAX_PER_ADDRESS,
                tls=context,
                leads_to_https=True,
            )
            async with (
                listener.open(addresses, self._port) as port,
                announced(self._announcement, addresses, port),
            ):
                urls = self._endpoint.urls(addresses, port)
                self._welcome(PhonesWelcome(tuple(urls), self._endpoint.fingerprint))
                yield port
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])

    async def _certified(self, context: ssl.SSLContext, names: Sequence[str]) -> datetime:
        now = self._clock.now()
        certificate = self._endpoint.own or self._endpoint.authority
        return await asyncio.to_thread(certificate.certify, context, names, now)

    async def _renew(self, context: ssl.SSLContext, names: Sequence[str], due: datetime) -> None:
        while True:
            await self._clock.sleep(LOOKED_AT_EVERY_S)
            if self._clock.now() >= due:
                try:
                    due = await self._certified(context, names)
                except (DataError, OSError) as error:
                    log.error("the pages' certificate can't be renewed", error=str(error))
