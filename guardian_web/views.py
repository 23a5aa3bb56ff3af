"""The pages themselves, as a parent meets them: set-up, sign-in, home."""

from http import HTTPStatus

from aiohttp import web

from guardian_web.accounts import SESSION_LIFE, TooManyTriesError
from guardian_web.cards import turn_card
from guardian_web.keys import ACCOUNTS, HUB
from guardian_web.pages import page, toys_values
from guardian_web.visitor import SESSION_COOKIE, VISITOR, set_cookie
from hub.errors import PommaiError, RefusedError

TURNS_SHOWN = 50


async def home(request: web.Request) -> web.StreamResponse:
    await _require_guardian(request)
    return await _home(request)


async def adopt(request: web.Request) -> web.StreamResponse:
    await _require_guardian(request)
    form = await request.post()
    try:
        await request.app[HUB].adopt(
            str(form.get("satellite", "")), str(form.get("toy", "")) or None
        )
    except PommaiError as error:
        return await _home(request, HTTPStatus.CONFLICT, str(error))
    return _see("/")


async def release(request: web.Request) -> web.StreamResponse:
    await _require_guardian(request)
    form = await request.post()
    try:
        await request.app[HUB].release(str(form.get("satellite", "")))
    except PommaiError as error:
        return await _home(request, HTTPStatus.CONFLICT, str(error))
    return _see("/")


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
    return _welcome(request, token)


async def show_sign_in(request: web.Request) -> web.StreamResponse:
    if request[VISITOR].signed_in or not await request.app[ACCOUNTS].is_set_up():
        raise web.HTTPSeeOther("/")
    return page(request, "sign_in.html", problem="")


async def sign_in(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    try:
        token = await request.app[ACCOUNTS].sign_in(
            str(form.get("password", "")), request.remote or ""
        )
    except TooManyTriesError as error:
        return page(request, "sign_in.html", HTTPStatus.TOO_MANY_REQUESTS, problem=str(error))
    except RefusedError as error:
        return page(request, "sign_in.html", HTTPStatus.FORBIDDEN, problem=str(error))
    return _welcome(request, token)


async def sign_out(request: web.Request) -> web.StreamResponse:
    await _require_guardian(request)
    await request.app[ACCOUNTS].sign_out(request[VISITOR].token)
    return _farewell()


async def sign_out_everywhere(request: web.Request) -> web.StreamResponse:
    await _require_guardian(request)
    await request.app[ACCOUNTS].sign_out_everywhere()
    return _farewell()


async def health(request: web.Request) -> web.StreamResponse:
    """Whether the hub works, for anybody; how it works, for guardians."""
    report = await request.app[HUB].health()
    if not request[VISITOR].signed_in:
        report = {name: report[name] for name in ("status", "version")}
    return web.json_response(report)


async def _home(
    request: web.Request, status: int = HTTPStatus.OK, problem: str = ""
) -> web.Response:
    hub, visitor = request.app[HUB], request[VISITOR]
    # First, so that what changes meanwhile is sent again rather than never.
    revision = await hub.revision()
    toys = await hub.toys()
    turns = await hub.recent_turns(TURNS_SHOWN)
    response = page(
        request,
        "home.html",
        status,
        problem=problem,
        revision=revision,
        cards=[turn_card(turn, toys) for turn in turns],
        **await toys_values(hub),
    )
    if await request.app[ACCOUNTS].renew(visitor.token):
        _keep_session(request, response, visitor.token)
    return response


async def _require_guardian(request: web.Request) -> None:
    if request[VISITOR].signed_in:
        return
    raise web.HTTPSeeOther("/sign-in" if await request.app[ACCOUNTS].is_set_up() else "/setup")


def _see(path: str) -> web.Response:
    """The browser gets `path` next: a reload there does not send a form again."""
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": path})


def _welcome(request: web.Request, token: str) -> web.StreamResponse:
    response = _see("/")
    _keep_session(request, response, token)
    return response


def _farewell() -> web.StreamResponse:
    response = _see("/sign-in")
    response.del_cookie(SESSION_COOKIE, path="/")
    return response


def _keep_session(request: web.Request, response: web.StreamResponse, token: str) -> None:
    set_cookie(request, response, SESSION_COOKIE, token, SESSION_LIFE.total_seconds())
