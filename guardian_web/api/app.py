"""The API as an aiohttp application: under `/api/v1` of another, and for the hub's owner on a Unix socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import web

from guardian_web.api.gate import OWNER, WRONG_TOKENS, for_tokens, tell_errors
from guardian_web.api.openapi import PREFIX, ROUTES, document
from guardian_web.gate import Handler, to_the_end
from guardian_web.keys import CLOCK, HUB, IS_API
from guardian_web.listening import BACKLOG, WebListener
from guardian_web.sign_in.tries import TryLimit
from guardian_web.sse import OPEN_STREAMS, end_streams
from hub.core.hub import Hub
from hub.core.owner_socket import bind, socket_path
from hub.domain.clock import Clock
from hub.lan.descriptors import RESERVED

WRONG_TOKENS_A_MINUTE: Final = 10
"""From one address."""
MAX_OWNER_CONNECTIONS: Final = 64
"""Each command has one."""


def add_api(app: web.Application, hub: Hub, clock: Clock) -> None:
    """Puts the API into `app`, and what its calls need."""
    app[HUB] = hub
    app[CLOCK] = clock
    app[WRONG_TOKENS] = TryLimit(clock, WRONG_TOKENS_A_MINUTE)
    app.add_subapp(PREFIX, _api())


def _api() -> web.Application:
    api = web.Application(middlewares=[tell_errors])
    api[IS_API] = True
    api[OPEN_STREAMS] = set()
    api.router.add_get("/openapi.json", _show_document)
    for route in ROUTES:
        handler = for_tokens(route.handler, *route.scopes)
        if route.method != "GET" and not route.cut_short:
            handler = _done(handler)
        api.router.add_route(route.method, route.path, handler)
    api.on_shutdown.append(end_streams)
    return api


def _done(handler: Handler) -> Handler:
    async def done(request: web.Request) -> web.StreamResponse:
        return await to_the_end(handler(request))

    return done


async def _show_document(request: web.Request) -> web.StreamResponse:
    await request.config_dict[HUB].strangers.turn()
    return web.json_response(document())


@asynccontextmanager
async def answering_owner(hub: Hub, data: Path, clock: Clock) -> AsyncIterator[None]:
    """Answers the owner, with every scope and no token, on a socket in the data folder while within.

    `pommai-hub`'s commands use it. Only the user who runs the hub can open the socket, and each call checks that
    its caller is that user. This function's caller holds the data folder's lock, so that no other hub's socket
    is replaced.
    """
    app = web.Application(middlewares=[tell_errors])
    app[OWNER] = True
    add_api(app, hub, clock)
    listener = WebListener(
        app,
        hub.strangers,
        clock,
        max_connections=MAX_OWNER_CONNECTIONS,
        max_per_address=MAX_OWNER_CONNECTIONS,
        reserved=RESERVED,
    )
    path = socket_path(data)
    with bind(path) as listening:
        listening.listen(BACKLOG)
        try:
            async with listener.serving(listening):
                yield
        finally:
            path.unlink(missing_ok=True)
