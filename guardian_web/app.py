"""The parents' pages as one aiohttp application, and the server that shows them."""

import asyncio
import errno
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web

from guardian_web import gate, sse, try_page
from guardian_web.accounts import Accounts
from guardian_web.api.app import add_api
from guardian_web.guardian_hub import GuardianHub
from guardian_web.keys import ACCOUNTS, API_DOOR, HOSTS, ApiDoor
from guardian_web.pages import compile_templates
from guardian_web.places import read_places
from guardian_web.routes import ROUTES
from guardian_web.setup_code import SetupCode
from hub.domain.clock import Clock
from hub.errors import AlreadyRunningError, ConfigError

BODY_MOST_BYTES = 64 * 1024


def create_app(
    hub: GuardianHub,
    *,
    clock: Clock,
    setup_code: SetupCode | None,
    hosts: Iterable[str] = (),
    api_door: ApiDoor | None = None,
) -> web.Application:
    """`setup_code` None: there is a password already. `hosts`: names to answer to besides loopback's."""
    app = web.Application(middlewares=gate.MIDDLEWARES, client_max_size=BODY_MOST_BYTES)
    accounts = Accounts(hub.guardian, clock, setup_code)
    app[API_DOOR] = api_door or ApiDoor()
    app[ACCOUNTS] = accounts
    app[HOSTS] = frozenset(host.lower() for host in hosts)
    app[sse.OPEN_STREAMS] = set()
    app[try_page.OPEN_TALKS] = {}
    app.add_routes(ROUTES)
    add_api(app, hub, clock)
    app.on_response_prepare.append(gate.add_headers)
    app.on_shutdown.append(sse.end_streams)
    app.on_shutdown.append(try_page.end_talks)

    async def run(_: web.Application) -> AsyncIterator[None]:
        await asyncio.to_thread(compile_templates)
        await asyncio.to_thread(read_places)
        yield
        accounts.close()

    app.cleanup_ctx.append(run)
    return app


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve until left; gives the address to open. Port 0 takes a free one."""
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=2.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise AlreadyRunningError(
                    f"port {port} on {host} is taken; stop what holds it, or set [guardian] port"
                ) from error
            raise ConfigError(
                f"[guardian] can't listen on {host}:{port}: {error.strerror}; check host and port"
            ) from error
        taken = runner.addresses[0][1]
        yield f"http://{f'[{host}]' if ':' in host else host}:{taken}/"
    finally:
        await runner.cleanup()
