"""What every call passes: who asks, by a bearer token alone, and errors in one shape.

No cookie counts here, so a page elsewhere can have a browser ask for nothing, and needs no proof of a form.
"""

import logging
import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from aiohttp import web

from guardian_web.api.errors import ApiError, Code, code_of, error_response
from guardian_web.audit.notes import Who, noted
from guardian_web.gate import Handler
from guardian_web.keys import HUB
from guardian_web.listening import note_known
from guardian_web.sign_in.tries import TooManyTriesError, TryLimit
from hub.core.owner_socket import is_owner
from hub.domain.api import ApiToken, Scope
from hub.domain.family.people import Actor
from hub.errors import PommaiError

TOKEN = web.RequestKey("token", ApiToken)
WRONG_TOKENS = web.AppKey("wrong_tokens", TryLimit)

OWNER = web.AppKey("owner", bool)
"""In the application on the owner's own socket, where no call brings a token."""

OWNER_TOKEN: Final = ApiToken(
    "owner", "the command line", frozenset(Scope), datetime(1970, 1, 1, tzinfo=UTC)
)
"""Stands for one there."""

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Pommai"'}

_BEARER: Final = re.compile(r"Bearer +(\S{1,200})", re.IGNORECASE)

log = logging.getLogger(__name__)


async def authorise(request: web.Request, limit: TryLimit, *scopes: Scope) -> ApiToken:
    """Raises ApiError unless the request brings a token that is good for all `scopes`, or is the owner's."""
    if request.config_dict.get(OWNER):
        return await _owner(request)
    tokens = request.config_dict[HUB].api_tokens
    text = bearer(request.headers.get("Authorization", ""))
    token = await tokens.known(text)
    if token is None:
        await request.config_dict[HUB].strangers.turn()
        if text:
            try:
                limit.count(request.remote or "")
            except TooManyTriesError as error:
                wait = {"Retry-After": str(error.wait_s)}
                raise ApiError(Code.SLOW_DOWN, str(error), wait) from error
        raise ApiError(
            Code.UNAUTHORIZED,
            "no token of this hub's came along: make one on its Household page, and send it as "
            "`Authorization: Bearer pommai_…`",
            CHALLENGE,
        )
    for scope in scopes:
        if scope is Scope.OWNER:
            raise ApiError(Code.SCOPE, "only the hub's own command line may ask this")
        if scope not in token.scopes:
            why = (
                f"this token is not good for {scope}: make one that is, on the hub's Household page"
            )
            raise ApiError(Code.SCOPE, why)
    note_known(request)
    await tokens.note_use(token)
    return token


async def _owner(request: web.Request) -> ApiToken:
    # The owner is no stranger; but no program of theirs may take the toys' time, either.
    await request.config_dict[HUB].strangers.turn()
    connection = request.get_extra_info("socket")
    if connection is None or not is_owner(connection.fileno()):
        raise ApiError(Code.UNAUTHORIZED, "only the user who runs the hub may ask here")
    return OWNER_TOKEN


def bearer(header: str) -> str:
    """The token in an `Authorization` header; "" where there is none."""
    found = _BEARER.fullmatch(header)
    return found[1] if found else ""


def for_tokens(handler: Handler, *scopes: Scope) -> Handler:
    """Nobody else gets to `handler`."""

    handler = noted(handler, _token)

    async def guarded(request: web.Request) -> web.StreamResponse:
        request[TOKEN] = await authorise(request, request.config_dict[WRONG_TOKENS], *scopes)
        return await handler(request)

    return guarded


def _token(request: web.Request) -> Who:
    token = request[TOKEN]
    return (Actor.COMMAND_LINE, "") if token is OWNER_TOKEN else (Actor.TOKEN, token.name)


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
        await request.config_dict[HUB].strangers.turn()
        allowed = ", ".join(sorted(error.allowed_methods))
        return error_response(
            Code.METHOD, f"{request.method} is not for this path: use {allowed}", {"Allow": allowed}
        )
    except web.HTTPException as error:
        await request.config_dict[HUB].strangers.turn()
        code = next((code for code in Code if code.status == error.status), Code.INVALID)
        if error.status == HTTPStatus.NOT_FOUND:
            return error_response(code, "there is nothing at this path: see /api/v1/openapi.json")
        return error_response(code, error.reason)
    except (
        Exception
    ):  # whatever a call raises, its caller gets our one shape of an error, not a page
        log.exception("a call of the API failed: %s %s", request.method, request.path)
        return error_response(Code.IMPAIRED, "the hub failed; its log says why")
