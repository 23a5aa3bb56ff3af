"""Set-up, signing in and signing out."""

from http import HTTPStatus

from aiohttp import web

from guardian_web.keys import ACCOUNTS
from guardian_web.pages import page, see
from guardian_web.sign_in.accounts import BROWSER_LIFE, TooManyTriesError
from guardian_web.sign_in.visitor import (
    BROWSER_COOKIE,
    SESSION_COOKIE,
    VISITOR,
    cookie,
    keep_session,
    set_cookie,
)
from hub.errors import RefusedError


async def show_setup(request: web.Request) -> web.StreamResponse:
    if await request.app[ACCOUNTS].is_set_up():
        raise web.HTTPSeeOther("/")
    return page(request, "setup.html", problem="")


async def set_up(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    try:
        token = await request.app[ACCOUNTS].set_up(
            code=str(form.get("code", "")),
            password=str(form.get("password", "")),
            repeated=str(form.get("repeated", "")),
        )
    except RefusedError as error:
        return page(request, "setup.html", HTTPStatus.FORBIDDEN, problem=str(error))
    return await _welcome(request, token, "/start")


async def show_sign_in(request: web.Request) -> web.StreamResponse:
    if request[VISITOR].signed_in or not await request.app[ACCOUNTS].is_set_up():
        raise web.HTTPSeeOther("/")
    return page(request, "sign_in.html", problem="")


async def sign_in(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    try:
        token = await request.app[ACCOUNTS].sign_in(
            str(form.get("password", "")), request.remote or "", cookie(request, BROWSER_COOKIE)
        )
    except TooManyTriesError as error:
        return page(request, "sign_in.html", HTTPStatus.TOO_MANY_REQUESTS, problem=str(error))
    except RefusedError as error:
        return page(request, "sign_in.html", HTTPStatus.FORBIDDEN, problem=str(error))
    return await _welcome(request, token)


async def sign_out(request: web.Request) -> web.StreamResponse:
    await request.app[ACCOUNTS].sign_out(request[VISITOR].token)
    return _farewell()


async def sign_out_everywhere(request: web.Request) -> web.StreamResponse:
    await request.app[ACCOUNTS].sign_out_everywhere()
    return _farewell()


async def _welcome(request: web.Request, token: str, first_page: str = "/") -> web.StreamResponse:
    response = see(first_page)
    keep_session(request, response, token)
    mark = await request.app[ACCOUNTS].mark_browser(cookie(request, BROWSER_COOKIE))
    set_cookie(request, response, BROWSER_COOKIE, mark, BROWSER_LIFE.total_seconds())
    return response


def _farewell() -> web.StreamResponse:
    response = see("/sign-in")
    response.del_cookie(SESSION_COOKIE, path="/")
    return response
