"""Set-up, signing in and signing out."""

from dataclasses import replace
from http import HTTPStatus

from aiohttp import web

from guardian_web import base_path
from guardian_web.audit.notes import BECAME, TOLD
from guardian_web.keys import ACCOUNTS, HUB, SECOND_STEPS
from guardian_web.pages import page, see
from guardian_web.sign_in.accounts import BROWSER_LIFE, Asker
from guardian_web.sign_in.tries import TooManyTriesError
from guardian_web.sign_in.visitor import (
    BROWSER_COOKIE,
    SESSION_COOKIE,
    VISITOR,
    cookie,
    keep_session,
    set_cookie,
)
from guardian_web.sign_in.whence import host_for_passkeys, place_of, whence
from hub.domain.family.people import Actor, Guardian
from hub.domain.limits import MAX_NAME_CHARS
from hub.errors import NotFoundError, RefusedError
from hub.translation import SOURCE_LANGUAGE, language, marked


async def show_setup(request: web.Request) -> web.StreamResponse:
    if await request.app[ACCOUNTS].is_set_up():
        raise web.HTTPSeeOther("/")
    return page(request, "setup.html", problem="")


async def set_up(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    try:
        owner = await request.app[ACCOUNTS].set_up(
            code=str(form.get("code", "")),
            password=str(form.get("password", "")),
            repeated=str(form.get("repeated", "")),
        )
    except RefusedError as error:
        return page(request, "setup.html", HTTPStatus.FORBIDDEN, problem=str(error))
    if language() != SOURCE_LANGUAGE:
        household = request.app[HUB].household
        await household.save(replace(await household.get(), language=language()))
    return await welcome(request, owner, "/start")


async def show_sign_in(request: web.Request) -> web.StreamResponse:
    if request[VISITOR].signed_in or not await request.app[ACCOUNTS].is_set_up():
        raise web.HTTPSeeOther("/")
    return await sign_in_form(request)


async def sign_in(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    name = str(form.get("name", ""))[:MAX_NAME_CHARS]
    asker = Asker(request.remote or "", cookie(request, BROWSER_COOKIE))
    try:
        guardian = await request.app[ACCOUNTS].sign_in(name, str(form.get("password", "")), asker)
    except TooManyTriesError as error:
        return await too_many_tries(request, error, name)
    except RefusedError as error:
        return await sign_in_form(request, HTTPStatus.FORBIDDEN, str(error), name)
    if guardian.second_factor:
        ticket = request.app[SECOND_STEPS].begin(guardian, request[VISITOR].token)
        request[TOLD] = ""
        return await _code_form(request, ticket)
    return await welcome(request, guardian)


async def finish(request: web.Request) -> web.StreamResponse:
    """The second step of who has a second factor."""
    form = await request.post()
    ticket, code = str(form.get("ticket", "")), str(form.get("code", ""))
    try:
        guardian = await request.app[SECOND_STEPS].finish(ticket, request[VISITOR].token, code)
    except NotFoundError as error:
        return await sign_in_form(request, HTTPStatus.FORBIDDEN, str(error))
    except RefusedError as error:
        name = request.app[SECOND_STEPS].name_of(ticket)
        what = marked(
            "turned away somebody who knew the password of %(name)s, and not the code", name=name
        )
        await request.app[HUB].audit.add(Actor.HUB, "", what)
        late = isinstance(error, TooManyTriesError)
        status = HTTPStatus.TOO_MANY_REQUESTS if late else HTTPStatus.FORBIDDEN
        return await _code_form(request, ticket, status, str(error))
    request[TOLD] = marked(
        "signed in with a second factor: %(device)s, from %(place)s", **whence(request)
    )
    return await welcome(request, guardian)


async def _code_form(
    request: web.Request, ticket: str, status: int = HTTPStatus.OK, problem: str = ""
) -> web.StreamResponse:
    has_passkeys = host_for_passkeys(request) in await request.app[HUB].passkeys.hosts()
    return page(
        request, "code.html", status, problem=problem, ticket=ticket, has_passkeys=has_passkeys
    )


async def too_many_tries(
    request: web.Request, error: TooManyTriesError, name: str = ""
) -> web.StreamResponse:
    if request.app[ACCOUNTS].guessing_is_news():
        what = marked(
            "turned away somebody who tried many passwords, from %(place)s",
            place=place_of(request),
        )
        await request.app[HUB].audit.add(Actor.HUB, "", what)
    return await sign_in_form(request, HTTPStatus.TOO_MANY_REQUESTS, str(error), name)


async def sign_in_form(
    request: web.Request, status: int = HTTPStatus.OK, problem: str = "", name: str = ""
) -> web.StreamResponse:
    asks_name = await request.app[ACCOUNTS].asks_for_names()
    hosts = await request.app[HUB].passkeys.hosts()
    return page(
        request,
        "sign_in.html",
        status,
        problem=problem,
        asks_name=asks_name,
        typed_name=name,
        passkey_hosts=sorted(hosts),
        has_passkeys=host_for_passkeys(request) in hosts,
    )


async def sign_out(request: web.Request) -> web.StreamResponse:
    await request.app[HUB].sign_ins.end(request[VISITOR].token)
    return _farewell()


async def sign_out_everywhere(request: web.Request) -> web.StreamResponse:
    """Of who asks; others stay signed in."""
    await request.app[HUB].sign_ins.end_all(request[VISITOR].guardian.id)
    return _farewell()


async def welcome(
    request: web.Request, guardian: Guardian, first_page: str = "/"
) -> web.StreamResponse:
    """Sign this browser in, always by a new token: what it had before, and who knows that, is worth nothing now."""
    sign_ins = request.app[HUB].sign_ins
    request[BECAME] = guardian.name
    if request[VISITOR].signed_in:
        await sign_ins.end(request[VISITOR].token)
    token = await sign_ins.begin(guardian, **whence(request))
    if TOLD not in request:
        request[TOLD] = marked("signed in: %(device)s, from %(place)s", **whence(request))
    response = see(first_page)
    keep_session(request, response, token)
    mark = await request.app[ACCOUNTS].mark_browser(cookie(request, BROWSER_COOKIE), guardian)
    set_cookie(request, response, BROWSER_COOKIE, mark, BROWSER_LIFE.total_seconds())
    return response


def _farewell() -> web.StreamResponse:
    response = see("/sign-in")
    response.del_cookie(SESSION_COOKIE, path=base_path.below("/"))
    return response
