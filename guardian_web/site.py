"""The pages as a household has them: on this machine, and for its phones once they are let in."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from guardian_web.app import create_app, serving
from guardian_web.keys import ApiEndpoint
from guardian_web.phone.endpoint import phone_endpoint
from guardian_web.phone.listener import PhoneListener, PhonesWelcome
from guardian_web.sign_in.accounts import Accounts, SetupCode
from hub.config import Config
from hub.core.hub import Hub
from hub.domain.api import LanAccess
from hub.domain.clock import Clock
from hub.lan.offered import Offered


class Site:
    def __init__(self, hub: Hub, config: Config, api: ApiEndpoint, clock: Clock) -> None:
        self._hub = hub
        self._config = config
        self._api = api
        self._clock = clock

    @asynccontextmanager
    async def shown(
        self, code: SetupCode | None, on_phones: Callable[[PhonesWelcome], None]
    ) -> AsyncIterator[tuple[str, Offered[LanAccess]]]:
        """Serve the pages on this machine while within; gives their address, and what shows them to phones while
        it is run. `code` signs in where there is no password yet. Raises ConfigError, DataError for a bad
        certificate, and AlreadyRunningError where the port is taken.
        """
        hub, clock, settings = self._hub, self._clock, self._config.guardian
        endpoint = await phone_endpoint(self._config, hub.lan_pages.get, clock.now())
        create = partial(
            create_app,
            hub,
            clock=clock,
            accounts=Accounts(hub.people, clock, code),
            phones=endpoint,
            api=self._api,
            names=[settings.host, *settings.names],
            trusted_proxies=settings.trusted_proxies,
        )
        listener = PhoneListener(create, endpoint, await hub.hub_id(), on_phones, clock)
        phones = Offered(
            "the pages", endpoint.access, listener.listening, hub.bus, clock, ipv6=True
        )
        async with serving(create(), settings.host, settings.port) as url:
            yield url, phones
