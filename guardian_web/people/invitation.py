"""The page that an invitation's link opens, for somebody who can't sign in yet."""

from http import HTTPStatus

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.pages import page
from guardian_web.people.words import INVITES
from guardian_web.sign_in.views import welcome
from hub.core.people.passwords import MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, check_password
from hub.domain.limits import MAX_NAME_CHARS
from hub.errors import DataError, NotFoundError, RefusedError
from hub.translation import gettext as _
from hub.translation import marked

MAX_SECRET_CHARS = 100
OVER = marked("This invitation was used already, or its day is over. Please ask for a new one.")


async def show(request: web.Request) -> web.StreamResponse:
    return await _form(request)


async def accept(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    name, password = str(form.get("name", "")), str(form.get("password", ""))
    try:
        check_password(password, str(form.get("repeated", "")))
        guardian = await request.app[HUB].people.accept(_secret(request), name, password)
    except NotFoundError:
        return await _form(request)
    except (RefusedError, DataError) as error:
        return await _form(request, HTTPStatus.CONFLICT, str(error), name[:MAX_NAME_CHARS])
    return await welcome(request, guardian)


async def _form(
    request: web.Request, status: int = HTTPStatus.OK, problem: str = "", name: str | None = None
) -> web.StreamResponse:
    invitation = await request.app[HUB].people.invitation(_secret(request))
    if invitation is None:
        raise web.HTTPNotFound(text=_(OVER))
    return page(
        request,
        "invitation.html",
        status,
        invitation=invitation,
        invites=_(INVITES[invitation.role], who=invitation.made_by),
        typed_name=invitation.name if name is None else name,
        problem=problem,
        name_max=MAX_NAME_CHARS,
        password_min=MIN_PASSWORD_CHARS,
        password_max=MAX_PASSWORD_CHARS,
    )


def _secret(request: web.Request) -> str:
    return request.match_info["secret"][:MAX_SECRET_CHARS]
