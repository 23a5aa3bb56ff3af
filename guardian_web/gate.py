"""What every request passes, whatever page it asks for.

Outermost first: the name that it came by (against DNS rebinding), the language that is read, kind
error pages, who is asking, and proof that a form is one of ours (against cross-site requests).
"""

import asyncio
import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Middleware
from yarl import URL

from guardian_web.audit.notes import Who, noted
from guardian_web.keys import ACCOUNTS, CLOCK, HOSTS, HUB, IS_API
from guardian_web.languages import know_language
from guardian_web.listening import note_known
from guardian_web.pages import guardian_page, page
from guardian_web.proxy import FRAMED
from guardian_web.sign_in.visitor import (
    FORM_COOKIE,
    SESSION_COOKIE,
    VISITOR,
    Visitor,
    cookie,
    set_cookie,
)
from guardian_web.upload import (
    READS_FORM,
    TAKES_FILES,
    UPLOAD,
    UPLOAD_ROOM,
    UPLOAD_WAIT_S,
    UploadShare,
    read_upload,
)
from hub.domain.family.people import Actor, Role
from hub.errors import NotFoundError, PommaiError
from hub.translation import gettext as _
from hub.translation import marked

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

FORM_WAIT_S = 10.0
MAX_END_S = 120.0
"""How long what a browser asked for may go on after that browser is gone."""

HEADERS = {
    "Server": "Pommai",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Tells other sites nothing, as no-referrer; but that would also make a form's Origin "null".
    "Referrer-Policy": "same-origin",
}

ROLE_WORDS = {
    Role.OWNER: marked("Only an owner may do that. Nothing was changed."),
    Role.GUARDIAN: marked(
        "You may see everything here, but change nothing. A guardian can do that, or make you one: an owner "
        "changes roles under Household, People."
    ),
}
"""For who is signed in and may not do what needs that role."""

FRAMED_POLICY = HEADERS["Content-Security-Policy"].replace(
    "frame-ancestors 'none'", "frame-ancestors 'self'"
)

log = logging.getLogger(__name__)


@web.middleware
async def check_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        name = URL.build(scheme="http", authority=request.host).host
    except ValueError:
        name = None
    if not request.app[HOSTS].know(name):
        await request.app[HUB].strangers.turn()
        return web.Response(
            status=HTTPStatus.MISDIRECTED_REQUEST,
            text="Pommai does not answer to this name. Open it by the address that the hub printed, "
            "or add this name to [guardian] names in pommai.toml.\n",
        )
    return await handler(request)


@web.middleware
async def show_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        stock = f"{error.status}: {error.reason}"
        reason = (error.text or "") if error.text != stock else ""
        return await _error_page(request, error.status, reason)
    except NotFoundError as error:
        return await _error_page(request, HTTPStatus.NOT_FOUND, str(error))
    except PommaiError as error:
        return await _error_page(request, HTTPStatus.SERVICE_UNAVAILABLE, str(error))
    except Exception:  # whatever a view raises, the page that is shown has the emergency stop on it
        log.exception("a page failed: %s %s", request.method, request.path)
        return await _error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR, "")


async def _error_page(request: web.Request, status: int, reason: str) -> web.Response:
    """With the emergency stop for who may use it, also when the hub's state can't be read; a script gets one line."""
    if "text/plain" in request.headers.get("Accept", ""):
        return web.Response(text=reason or HTTPStatus(status).phrase, status=status)
    visitor = request.get(VISITOR)
    if visitor and visitor.signed_in:
        try:
            return await guardian_page(request, "error.html", "", status, reason=reason)
        except PommaiError as error:
            log.warning("an error page lacks its frame: %s", error)
    return page(request, "error.html", status, reason=reason)


@web.middleware
async def know_visitor(request: web.Request, handler: Handler) -> web.StreamResponse:
    session, form = cookie(request, SESSION_COOKIE), cookie(request, FORM_COOKIE)
    if (by := await request.app[HUB].sign_ins.known(session)) is not None:
        note_known(request)
        request[VISITOR] = Visitor(session, by)
    else:
        await request.app[HUB].strangers.turn()
        request[VISITOR] = Visitor(form or secrets.token_urlsafe(32))
    response = await handler(request)
    if response.content_type == "text/html" and not request[VISITOR].signed_in and not form:
        set_cookie(request, response, FORM_COOKIE, request[VISITOR].token)
    return response


@web.middleware
async def check_form(request: web.Request, handler: Handler) -> web.StreamResponse:
    handler = noted(handler, _guardian)
    if request.method in {"GET", "HEAD"}:
        return await handler(request)
    if not from_our_page(request):
        raise web.HTTPForbidden(
            text=_("This form was sent from another site, so nothing was done.")
        )
    name = request.match_info.route.name or ""
    if name.startswith(READS_FORM) and request.content_type == "multipart/form-data":
        return await handler(request)
    upload = request.content_type == "multipart/form-data" and name.startswith(TAKES_FILES)
    if upload:
        await _require(request, least_role(request.method))  # before anything of the files is read
    elif request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(text=_("That is not a form of these pages."))
    with request.app[UPLOAD_ROOM].share() as room:
        return await _with_form(request, handler, room if upload else None)


async def _with_form(
    request: web.Request, handler: Handler, room: UploadShare | None
) -> web.StreamResponse:
    """`room` is for the files that the form brings along; None for a form without any."""
    form: Mapping[str, object]
    try:
        async with request.app[CLOCK].timeout(UPLOAD_WAIT_S if room else FORM_WAIT_S):
            if room is not None:
                request[UPLOAD] = await read_upload(request, room)
                form = request[UPLOAD].fields
            else:
                form = await request.post()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout(text=_("The form took too long to arrive.")) from error
    if not hmac.compare_digest(str(form.get("csrf", "")).encode(), request[VISITOR].csrf.encode()):
        raise web.HTTPForbidden(
            text=_("This form is too old. Please go back, reload and try again.")
        )
    return await to_the_end(handler(request))


async def to_the_end(work: Awaitable[web.StreamResponse]) -> web.StreamResponse:
    """What `work` answers. It goes on where its asker is gone, so that no toy is left half adopted.

    The asker's task waits for it all the same, at most `MAX_END_S`, and ends it at once when it is
    cancelled again, as at the hub's stop.
    """
    doing = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        try:
            await asyncio.wait([doing], timeout=MAX_END_S)
        finally:
            doing.cancel()
            await asyncio.wait([doing])
        error = None if doing.cancelled() else doing.exception()
        if isinstance(error, Exception) and not isinstance(error, web.HTTPException):
            log.error("what was asked for failed, and nobody waits to be told: %r", error)
        raise


def _guardian(request: web.Request) -> Who | None:
    visitor = request[VISITOR]
    return (Actor.GUARDIAN, visitor.guardian.name) if visitor.signed_in else None


def from_our_page(request: web.Request) -> bool:
    """Whether the browser says so, as it does for forms and WebSockets."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.host}"


def for_guardians(
    handler: Handler, least: Role | None = None, *, to_script: bool = False
) -> Handler:
    """Only who is signed in and has the role gets to `handler`.

    `least` None: everybody signed in may look (GET), a guardian may do. Who isn't signed in is led to where they
    can; `to_script`: told so, as it is a stream that a page of ours opens, and no page of another site.
    """

    async def guarded(request: web.Request) -> web.StreamResponse:
        if to_script and "Origin" in request.headers and not from_our_page(request):
            raise web.HTTPForbidden(text=_("Another site asked for that, so nothing was done."))
        if to_script and not request[VISITOR].signed_in:
            raise web.HTTPUnauthorized(text=_("Please sign in."))
        await _require(request, least or least_role(request.method))
        return await handler(request)

    return guarded


async def _require(request: web.Request, needed: Role) -> None:
    """Tells who has not that role so, and leads who isn't signed in to where they can."""
    visitor = request[VISITOR]
    if visitor.may(needed):
        return
    if visitor.signed_in:
        raise web.HTTPForbidden(text=_(ROLE_WORDS[needed]))
    raise web.HTTPSeeOther("/sign-in" if await request.app[ACCOUNTS].is_set_up() else "/setup")


def least_role(method: str) -> Role:
    """What a route of the pages needs that names no role itself."""
    return Role.VIEWER if method in {"GET", "HEAD"} else Role.GUARDIAN


def for_pages(middleware: Middleware) -> Middleware:
    """`middleware`, which a call of the API passes by: it has errors, tokens and proofs of its own."""

    @web.middleware
    async def only(request: web.Request, handler: Handler) -> web.StreamResponse:
        if any(IS_API in app for app in request.match_info.apps):
            return await handler(request)
        return await middleware(request, handler)

    return only


MIDDLEWARES = (
    check_host,
    know_language,
    for_pages(show_errors),
    for_pages(know_visitor),
    for_pages(check_form),
)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every response, streams and errors too."""
    response.headers.update(HEADERS)
    if response.get(FRAMED):
        response.headers["Content-Security-Policy"] = FRAMED_POLICY
    response.headers.setdefault("Cache-Control", "no-store")
