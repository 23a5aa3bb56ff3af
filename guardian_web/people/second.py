"""Turning one's own second factor on and off, and its recovery codes. Each step asks for the password again."""

import segno
from aiohttp import web
from markupsafe import Markup

from guardian_web.keys import ACCOUNTS, HUB
from guardian_web.pages import see, typed
from guardian_web.people.views import PAGE, QR_SCALE, people_page, refused
from guardian_web.sign_in.visitor import VISITOR
from hub.errors import RefusedError

MAX_SECRET_CHARS = 64


async def begin(request: web.Request) -> web.StreamResponse:
    """Shows a new secret; nothing is kept before the app has shown that it knows it."""
    try:
        await _confirm(request)
    except RefusedError as error:
        return await refused(request, error, "second")
    return await _show_secret(request, request.app[HUB].second_factors.new_secret())


async def turn_on(request: web.Request) -> web.StreamResponse:
    """The page of the answer alone shows the recovery codes."""
    secret = (await typed(request, "secret"))[:MAX_SECRET_CHARS]
    try:
        codes = await request.app[HUB].second_factors.turn_on(
            request[VISITOR].guardian, secret, await typed(request, "code")
        )
    except RefusedError as error:
        return await _show_secret(request, secret, str(error))
    return await people_page(request, codes=codes, has_second_factor=True)


async def turn_off(request: web.Request) -> web.StreamResponse:
    try:
        await _confirm(request)
    except RefusedError as error:
        return await refused(request, error, "second")
    await request.app[HUB].second_factors.turn_off(request[VISITOR].guardian)
    return see(f"{PAGE}?done=second-off#second")


async def new_codes(request: web.Request) -> web.StreamResponse:
    """The page of the answer alone shows them."""
    try:
        await _confirm(request)
    except RefusedError as error:
        return await refused(request, error, "second")
    me = request[VISITOR].guardian
    if not me.second_factor:
        return see(f"{PAGE}#second")
    return await people_page(request, codes=await request.app[HUB].second_factors.new_codes(me))


async def _confirm(request: web.Request) -> None:
    """Raises RefusedError where the password is another."""
    form = await request.post()
    me = request[VISITOR].guardian
    await request.app[ACCOUNTS].confirm(me, str(form.get("current", "")))


async def _show_secret(request: web.Request, secret: str, problem: str = "") -> web.StreamResponse:
    address = request.app[HUB].second_factors.address(request[VISITOR].guardian, secret)
    code = segno.make(address, error="m").svg_inline(scale=QR_SCALE, light="#fff")
    return await people_page(
        request,
        409 if problem else 200,
        secret=secret,
        secret_code=Markup(code),  # noqa: S704 - made of squares, by segno
        problem=problem,
        at="second" if problem else "",
    )
