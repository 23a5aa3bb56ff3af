"""What every call passes: who asks, by a bearer token alone, and errors in one shape.

No cookie counts here, so a page elsewhere can have a browser ask for nothing, and needs no proof of a form.
"""

import logging
from http import HTTPStatus

from aiohttp import web

from guardian_web.accounts import TooManyTriesError, TryLimit
from guardian_web.api import tokens
from guardian_web.api.errors import STATUS, ApiError, Code, code_of, error_response, missing
from guardian_web.gate import Handler
from guardian_web.keys import CLOCK, HUB
from hub.domain.api import ApiToken, Scope
from hub.errors import PommaiError

TOKEN = web.RequestKey("token", ApiToken)
WRONG_TOKENS = web.AppKey("wrong_tokens", TryLimit)

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Pommai"'}

log = logging.getLogger(__name__)


async def authorise(request: web.Request, limit: TryLimit, *scopes: Scope) -> ApiToken:
    """Raises ApiError unless the request brings a token that is good for all `scopes`."""
    store, clock = request.config_dict[HUB].api_tokens, request.config_dict[CLOCK]
    text = tokens.bearer(request.headers.get("Authorization", ""))
    token = await tokens.known(store, text)
    if token is None:
        if text:
            _slow_down(limit, request.remote or "")
        raise ApiError(
            Code.UNAUTHORIZED,
            "no token of this hub's came along: make one on its Household page, and send it as "
            "`Authorization: Bearer pommai_…`",
            CHALLENGE,
        )
    for scope in scopes:
        if scope not in token.scopes:
            raise missing(scope)
    await tokens.note_use(store, clock, token)
    return token


def _slow_down(limit: TryLimit, address: str) -> None:
    try:
        limit.count(address)
    except TooManyTriesError as error:
        raise ApiError(Code.SLOW_DOWN, str(error), {"Retry-After": str(error.wait_s)}) from error


def for_tokens(handler: Handler, *scopes: Scope) -> Handler:
    """Nobody else gets to `handler`."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        request[TOKEN] = await authorise(request, request.config_dict[WRONG_TOKENS], *scopes)
        return await handler(request)

    return guarded


def tokens_too(handler: Handler, page: Handler, *scopes: Scope) -> Handler:
    """`page`, which is for guardians; and `handler` for who brings a token that is good for it."""
    guarded = for_tokens(handler, *scopes)

    async def either(request: web.Request) -> web.StreamResponse:
        if "Authorization" in request.headers:
            return await tell_errors(request, guarded)
        return await page(request)

    return either


@web.middleware
async def tell_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ApiError as error:
        return error_response(error.code, str(error), error.headers)
    except PommaiError as error:
        return error_response(code_of(error), str(error))
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        return error_response(
            Code.METHOD, f"{request.method} is not for this path: use {allowed}", {"Allow": allowed}
        )
    except web.HTTPException as error:
        code = next((code for code in Code if STATUS[code] == error.status), Code.INVALID)
        if error.status == HTTPStatus.NOT_FOUND:
            return error_response(code, "there is nothing at this path: see /api/v1/openapi.json")
        return error_response(code, error.reason)
    except Exception:
        log.exception("a call of the API failed: %s %s", request.method, request.path)
        return error_response(Code.IMPAIRED, "the hub failed; its log says why")
