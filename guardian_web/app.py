"""The parents' pages as one aiohttp application, and the server that shows them."""

import asyncio
import errno
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web

from guardian_web import gate, proxy, sse
from guardian_web.api.app import add_api
from guardian_web.hosts import OwnNames, in_url
from guardian_web.household.settings import read_places
from guardian_web.keys import (
    ACCOUNTS,
    API_ENDPOINT,
    CLOCK,
    HOSTS,
    HUB,
    PHONE_ENDPOINT,
    SECOND_STEPS,
    ApiEndpoint,
    PhoneEndpoint,
)
from guardian_web.listening import WebListener, addresses_of, openable
from guardian_web.pages import compile_templates
from guardian_web.routes import ROUTES
from guardian_web.shared import PAGE_CHANGES, SHARED, PageChanges, Shared
from guardian_web.sign_in.accounts import Accounts
from guardian_web.sign_in.codes import SecondSteps
from guardian_web.try_toy import views as try_page
from guardian_web.upload import UPLOAD_ROOM, UploadRoom
from hub.core.hub import Hub
from hub.domain.clock import Clock
from hub.errors import AlreadyRunningError, ConfigError

MAX_BODY_BYTES = 64 * 1024
MAX_CONNECTIONS = 128
MAX_PER_ADDRESS = 64
"""A browser holds six for each of its profiles; behind a proxy a whole family has one address."""
NO_API = ApiEndpoint()


def create_app(
    hub: Hub,
    *,
    clock: Clock,
    accounts: Accounts,
    phones: PhoneEndpoint,
    api: ApiEndpoint = NO_API,
    names: Iterable[str] = (),
    trusted_proxies: Sequence[proxy.Network] = (),
) -> web.Application:
    """`names`: what the pages may be asked for by, besides the names and addresses of this machine."""
    middlewares = (proxy.behind(trusted_proxies), *gate.MIDDLEWARES)
    app = web.Application(middlewares=middlewares, client_max_size=MAX_BODY_BYTES)
    app[API_ENDPOINT] = api
    app[PHONE_ENDPOINT] = phones
    app[ACCOUNTS] = accounts
    app[SECOND_STEPS] = SecondSteps(hub.second_factors, clock)
    certified = phones.own.names if phones.own else []
    app[HOSTS] = OwnNames(clock, [*names, *certified])
    app[UPLOAD_ROOM] = UploadRoom()
    app[sse.OPEN_STREAMS] = set()
    app[SHARED] = Shared()
    app[PAGE_CHANGES] = PageChanges(hub.bus, clock, app[sse.OPEN_STREAMS])
    app[try_page.OPEN_TALKS] = {}
    app.add_routes(ROUTES)
    add_api(app, hub, clock)
    app.on_response_prepare.append(gate.add_headers)
    app.on_shutdown.append(sse.end_streams)
    app.on_shutdown.append(try_page.end_talks)

    async def run(_: web.Application) -> AsyncIterator[None]:
        await asyncio.to_thread(compile_templates)
        await asyncio.to_thread(read_places)
        telling = asyncio.create_task(app[PAGE_CHANGES].run())
        yield
        telling.cancel()
        await asyncio.wait([telling])

    app.cleanup_ctx.append(run)
    return app


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve until left; gives the address to open. Port 0 takes a free one."""
    listener = WebListener(
        app,
        app[HUB].strangers,
        app[CLOCK],
        max_connections=MAX_CONNECTIONS,
        max_per_address=MAX_PER_ADDRESS,
        shutdown_s=2.0,
    )
    async with AsyncExitStack() as stack:
        try:
            addresses = await addresses_of(host, port)
            taken = await stack.enter_async_context(listener.open(addresses, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise AlreadyRunningError(
                    f"port {port} on {host} is taken; stop what holds it, or set [guardian] port"
                ) from error
            raise ConfigError(
                f"[guardian] can't listen on {host}:{port}: {error.strerror}; check host and port"
            ) from error
        yield f"http://{in_url(openable(host))}:{taken}/"
