"""The API as an aiohttp application, under `/api/v1` of another."""

from aiohttp import web

from guardian_web.accounts import TryLimit
from guardian_web.api.gate import WRONG_TOKENS, for_tokens, tell_errors
from guardian_web.api.openapi import PREFIX, document
from guardian_web.api.routes import ROUTES
from guardian_web.gate import Handler, to_the_end
from guardian_web.guardian_hub import GuardianHub
from guardian_web.keys import CLOCK, HUB, IS_API
from guardian_web.sse import OPEN_STREAMS, end_streams
from hub.domain.clock import Clock

WRONG_TOKENS_A_MINUTE = 10
"""From one address."""


def add_api(app: web.Application, hub: GuardianHub, clock: Clock) -> None:
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


async def _show_document(_: web.Request) -> web.StreamResponse:
    return web.json_response(document())
