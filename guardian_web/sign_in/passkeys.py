"""Signing in by a passkey, without a password or in place of a code."""

from http import HTTPStatus

from aiohttp import web

from guardian_web.audit.notes import TOLD
from guardian_web.keys import ACCOUNTS, HUB
from guardian_web.pages import typed
from guardian_web.sign_in.accounts import Asker
from guardian_web.sign_in.tries import TooManyTriesError
from guardian_web.sign_in.views import sign_in_form, too_many_tries, welcome
from guardian_web.sign_in.visitor import BROWSER_COOKIE, VISITOR, cookie
from guardian_web.sign_in.whence import host_for_passkeys, whence
from hub.core.people.passkeys import CopiedPasskeyError, PasskeyPage
from hub.domain.family.people import Actor
from hub.errors import RefusedError
from hub.translation import marked


def page_for_passkeys(request: web.Request) -> PasskeyPage:
    """Raises HTTPNotFound where there can be none."""
    host = host_for_passkeys(request)
    if not host:
        raise web.HTTPNotFound
    origin = f"{request.scheme}://{request.host}"
    return PasskeyPage(host, origin, request[VISITOR].token)


async def options(request: web.Request) -> web.StreamResponse:
    """A challenge for the browser to answer."""
    text = await request.app[HUB].passkeys.to_sign_in(page_for_passkeys(request))
    return web.Response(text=text, content_type="application/json")


async def sign_in(request: web.Request) -> web.StreamResponse:
    hub, at, answer = request.app[HUB], page_for_passkeys(request), await typed(request, "answer")
    asker = Asker(request.remote or "", cookie(request, BROWSER_COOKIE))
    try:
        claimed = await hub.passkeys.whose(answer)
        async with request.app[ACCOUNTS].trying(claimed, asker):
            guardian = await hub.passkeys.sign_in(answer, at)
    except TooManyTriesError as error:
        return await too_many_tries(request, error)
    except CopiedPasskeyError as error:
        what = marked(
            "turned away a passkey of %(name)s that may be a copy",
            name=claimed.name if claimed else "",
        )
        await hub.audit.add(Actor.HUB, "", what)
        return await sign_in_form(request, HTTPStatus.FORBIDDEN, str(error))
    except RefusedError as error:
        return await sign_in_form(request, HTTPStatus.FORBIDDEN, str(error))
    request[TOLD] = marked(
        "signed in with a passkey: %(device)s, from %(place)s", **whence(request)
    )
    return await welcome(request, guardian)
